/**
 * Why a build did not succeed: `failed` where the project's own toolchain would certainly fail too, else `declined`.
 * Pure.
 *
 * @typedef {{kind: 'failed' | 'declined', reason: string, log: string}} Ending
 */

import { Declined } from './config/types.mjs';
import { OutsideFile } from './guard.mjs';

/** The reason of a job that asked for a file which is not its own. */
export const OUTSIDE = 'build/outside-file';

/** What rolldown calls those errors that every bundler ends at. */
const CERTAIN = new Set([
  'PARSE_ERROR',
  'UNRESOLVED_IMPORT',
  'UNRESOLVED_ENTRY',
  'UNLOADABLE_DEPENDENCY',
  'MISSING_EXPORT',
]);
const UNRESOLVED = /failed to resolve import|Failed to resolve .{1,300} from /;
const MAX_CAUSES = 20;

/**
 * @param {unknown} error what the bundler threw
 * @param {string[]} refused paths that the guard refused, also where the bundler went on
 * @param {string} root
 * @returns {Ending}
 */
export function ending(error, refused, root) {
  const causes = flat(error);
  const outside = [...refused, ...causes.filter((cause) => cause instanceof OutsideFile).map((cause) => cause.path)];
  if (outside.length > 0) return { kind: 'failed', reason: OUTSIDE, log: outsideLog(outside, root) };
  const log = relative(said(error), root);
  const declined = causes.find((cause) => cause instanceof Declined);
  if (declined) return { kind: 'declined', reason: relative(declined.message, root), log };
  if (causes.some(certain)) return { kind: 'failed', reason: '', log };
  return { kind: 'declined', reason: oneLine(log), log };
}

/** @param {string[]} paths @param {string} root @returns {string} */
export function outsideLog(paths, root) {
  const lines = [...new Set(paths)].slice(0, MAX_CAUSES).map((path) => `${relative(path, root)} lies outside the site`);
  return lines.map((line) => `error during build:\n${line} and its dependencies.`).join('\n');
}

/** @param {any} error @returns {any[]} the error, what it holds and what caused it */
function flat(error) {
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
  return CERTAIN.has(cause.code) || (!Array.isArray(cause.errors) && UNRESOLVED.test(cause.message ?? ''));
}

/** @param {unknown} error @returns {string} */
function said(error) {
  const message = error instanceof Error ? error.message : String(error);
  return `error during build:\n${message}`;
}

/** @param {string} text @param {string} root @returns {string} */
export function relative(text, root) {
  return text.replaceAll(`${root}/`, '');
}

/** @param {string} log @returns {string} */
function oneLine(log) {
  return log.replace(/^error during build:\s*/, '').replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
