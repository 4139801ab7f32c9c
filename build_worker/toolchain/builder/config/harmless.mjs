import { unwrapped } from './syntax.mjs';
import { Closure } from './values.mjs';

/** @typedef {import('./syntax.mjs').Node} Node */

const METHODS = new Set([
  'includes',
  'startsWith',
  'endsWith',
  'split',
  'pop',
  'at',
  'slice',
  'indexOf',
  'toString',
  'toLowerCase',
  'replace',
  'join',
]);

const PARTS = new Set([
  'BlockStatement',
  'IfStatement',
  'ReturnStatement',
  'ExpressionStatement',
  'VariableDeclaration',
  'VariableDeclarator',
  'Identifier',
  'Literal',
  'TemplateLiteral',
  'TemplateElement',
  'MemberExpression',
  'CallExpression',
  'ChainExpression',
  'LogicalExpression',
  'BinaryExpression',
  'UnaryExpression',
  'ConditionalExpression',
  'ArrayExpression',
  'ObjectPattern',
  'Property',
]);

const DEPTH = 60;

/**
 * Whether a function does nothing but look at texts: it can be left out without a build noticing.
 *
 * @param {unknown} value
 * @returns {boolean}
 */
export function isHarmless(value) {
  if (!(value instanceof Closure) || value.node.async || value.node.generator) return false;
  return [...value.node.params, value.node.body].every((node) => isQuiet(node, 0));
}

/** @param {Node} node @param {number} depth @returns {boolean} */
function isQuiet(node, depth) {
  if (depth > DEPTH) return false;
  const inner = unwrapped(node);
  if (inner.type.startsWith('TS')) return true;
  if (!PARTS.has(inner.type)) return false;
  if (inner.type === 'CallExpression' && !isKnownCall(inner)) return false;
  return children(inner).every((child) => isQuiet(child, depth + 1));
}

/** @param {Node} node */
function isKnownCall(node) {
  const callee = unwrapped(node.callee);
  return callee.type === 'MemberExpression' && !callee.computed && METHODS.has(callee.property.name);
}

/** @param {Node} node @returns {Node[]} */
function children(node) {
  return Object.values(node)
    .flat()
    .filter((child) => typeof child === 'object' && child !== null && typeof child.type === 'string');
}
