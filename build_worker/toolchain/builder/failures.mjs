/**
 * Why a build did not succeed: `failed` where the project's own toolchain would certainly fail too, else `declined`.
 * Pure.
 *
 * @typedef {{kind: 'failed' | 'declined', reason: string, log: string}} Ending
 * @typedef {import('./sizes.mjs').Places} Places
 */

import { Declined } from './config/types.mjs';
import { OutsideFile } from './guard.mjs';

/** The reason of a job that asked for a file which is not its own. */
export const OUTSIDE = 'build/outside-file';

/** What rolldown calls those errors that every bundler ends at. */
const CERTAIN = new Set(['UNRESOLVED_IMPORT', 'UNRESOLVED_ENTRY', 'MISSING_EXPORT']);
/** Grammar alone: parsers differ in what else they check, and whether TypeScript's own rules are errors. */
const GRAMMAR = /^\[(?:PARSE_ERROR|builtin:vite-transform)\] (?:Expected|Unexpected|Unterminated)\b/;
const UNRESOLVED = /failed to resolve import|Failed to resolve .{1,300} from /;
const ESCAPES = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g');
const STACK = /^ {4}at (?:async )?\S.*\n?/gm;
const MAX_CAUSES = 20;
const MAX_PATH = 300;

/**
 * @param {unknown} error what the bundler threw
 * @param {string[]} refused paths that the guard refused, also where the bundler went on
 * @param {Places} places
 * @returns {Ending}
 */
export function ending(error, refused, places) {
  const causes = flat(error);
  const outside = [...refused, ...causes.filter((cause) => cause instanceof OutsideFile).map((cause) => cause.path)];
  if (outside.length > 0) return { kind: 'failed', reason: OUTSIDE, log: outsideLog(outside, places) };
  const log = relative(said(error), places);
  const declined = causes.find((cause) => cause instanceof Declined);
  if (declined) return { kind: 'declined', reason: relative(declined.message, places), log };
  if (causes.some(certain)) return { kind: 'failed', reason: '', log };
  return { kind: 'declined', reason: oneLine(log), log };
}

/** @param {string[]} paths @param {Places} places @returns {string} */
function outsideLog(paths, places) {
  const shown = [...new Set(paths)].slice(0, MAX_CAUSES).map((path) => relative(path, places).slice(0, MAX_PATH));
  const lines = shown.map((path) => `${path} lies outside the site and its dependencies.`);
  return ['error during build:', ...lines].join('\n');
}

/** @param {any} error @returns {any[]} the error, what it holds and what caused it */
function flat(error) {
  /** @type {any[]} */
  const found = [];
  const waiting = [error];
  while (waiting.length > 0 && found.length < MAX_CAUSES) {
    const one = waiting.shift();
    if (one === null || typeof one !== 'object' || found.includes(one)) continue;
    found.push(one);
    waiting.push(...(Array.isArray(one.errors) ? one.errors : []), one.cause);
  }
  return found;
}

/** @param {any} cause @returns {boolean} */
function certain(cause) {
  if (Array.isArray(cause.errors)) return false;
  const message = plain(String(cause.message ?? ''));
  return CERTAIN.has(cause.code) || GRAMMAR.test(message) || UNRESOLVED.test(message);
}

/** @param {unknown} error @returns {string} */
function said(error) {
  const message = error instanceof Error ? error.message : String(error);
  return `error during build:\n${plain(message).replaceAll(STACK, '')}`;
}

/** @param {string} text @returns {string} without colours */
export function plain(text) {
  return text.replaceAll(ESCAPES, '');
}

/**
 * Paths as the project knows them, wherever the folders lie.
 *
 * @param {string} text
 * @param {Places} places
 * @returns {string}
 */
export function relative(text, { root, modules }) {
  const [, ...steps] = modules.split('/');
  const climbing = `${'../'.repeat(root.split('/').length - 1)}${steps.join('/')}/`;
  const named = text.replaceAll(climbing, 'node_modules/').replaceAll(`${modules}/`, 'node_modules/');
  return named.replaceAll(`${root}/`, '');
}

/** @param {string} log @returns {string} */
function oneLine(log) {
  return log.replace(/^error during build:\s*/, '').replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
