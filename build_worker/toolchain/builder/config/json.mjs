import { parseDocument } from './syntax.mjs';
import { decline } from './types.mjs';

/** @typedef {import('./syntax.mjs').Node} Node */

const DEPTH = 60;

/**
 * JSON, with comments and trailing commas, as values without prototypes.
 *
 * @param {string} file
 * @param {string} text
 * @returns {unknown}
 */
export function jsonValue(file, text) {
  return value(file, parseDocument(file, text), 0);
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {Record<string, any>}
 */
export function jsonRecord(file, text) {
  const read = jsonValue(file, text);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) decline(`${file}: is not an object`);
  return /** @type {Record<string, any>} */ (read);
}

/** @param {string} file @param {Node} node @param {number} depth @returns {unknown} */
function value(file, node, depth) {
  if (depth > DEPTH) decline(`${file}: nested too deep`);
  if (node.type === 'ObjectExpression') return object(file, node, depth);
  if (node.type === 'ArrayExpression') {
    return node.elements.map((/** @type {Node | null} */ item) =>
      item ? value(file, item, depth + 1) : decline(`${file}: is not JSON`),
    );
  }
  if (node.type === 'UnaryExpression' && node.operator === '-' && typeof node.argument.value === 'number') {
    return -node.argument.value;
  }
  const plain = node.type === 'Literal' && !node.regex && !node.bigint && !node.raw?.startsWith("'");
  return plain ? node.value : decline(`${file}: is not JSON`);
}

/** @param {string} file @param {Node} node @param {number} depth */
function object(file, node, depth) {
  const result = Object.create(null);
  for (const property of node.properties) {
    const key = property.key?.raw?.startsWith('"') && !property.computed ? property.key.value : undefined;
    if (property.type !== 'Property' || typeof key !== 'string') decline(`${file}: is not JSON`);
    if (key === '__proto__') decline(`${file}: __proto__ as a key`);
    result[key] = value(file, property.value, depth + 1);
  }
  return result;
}
