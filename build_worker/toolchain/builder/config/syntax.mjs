import { parseSync } from 'vite';

import { decline } from './types.mjs';

/** Beyond these the parser's own recursion could end the process: it does at some ten thousand levels. */
const LENGTH = 32_000;
const NESTING = 150;
const CHAINED = 400;

/** A chain of one of these nests without any bracket. */
const CHAINS = ['=', '?', '<', '`'];

/**
 * @typedef {any} Node a node of the ESTree that the bundler's parser makes
 *
 * @typedef {object} Script
 * @property {string} file
 * @property {string} text
 * @property {Node[]} body
 */

/**
 * @param {string} file path, for messages; its extension says the language
 * @param {string} text
 * @returns {Script}
 */
export function parseScript(file, text) {
  return { file, text, body: parsed(file, text, /\.[mc]?ts$/.test(file) ? 'ts' : 'js') };
}

/**
 * The expression that a JSON document with comments is, as JavaScript sees it.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Node}
 */
export function parseDocument(file, text) {
  const body = parsed(file, `(${text.replace(/^\uFEFF/, '')}\n)`, 'js');
  const [statement] = body;
  if (body.length !== 1 || statement.type !== 'ExpressionStatement') decline(`${file}: is not JSON`);
  return unwrapped(statement.expression);
}

/**
 * @param {Node} node
 * @returns {Node} without what changes no value: parentheses and types
 */
export function unwrapped(node) {
  let inner = node;
  while (WRAPPERS.has(inner.type)) inner = inner.expression;
  return inner;
}

const WRAPPERS = new Set([
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'ChainExpression',
]);

/**
 * @param {Script} script
 * @param {Node} node
 * @returns {string} where a node stands, for messages
 */
export function at(script, node) {
  return `${script.file}:${script.text.slice(0, node.start).split('\n').length}`;
}

/**
 * @param {string} file
 * @param {string} text
 * @param {'ts' | 'js'} lang
 * @returns {Node[]}
 */
function parsed(file, text, lang) {
  bounded(file, text);
  const { program, errors } = parseSync(file, text, { lang, sourceType: 'module' });
  if (errors.length > 0) decline(`${file}: cannot be parsed: ${errors[0].message}`);
  return program.body;
}

/**
 * @param {string} file
 * @param {string} text
 */
function bounded(file, text) {
  if (text.length > LENGTH) decline(`${file}: longer than ${LENGTH} characters`);
  for (const sign of CHAINS) {
    if (text.split(sign).length > CHAINED) decline(`${file}: more than ${CHAINED} times ${sign}`);
  }
  let depth = 0;
  for (const sign of text) {
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    if (depth > NESTING) decline(`${file}: nested deeper than ${NESTING} brackets`);
  }
}
