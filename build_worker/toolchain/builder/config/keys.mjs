/** Readers of one configuration key: each takes a value, its place for the message, and gives plain data or declines. */
import { decline } from './types.mjs';
import { isRecord, literal } from './values.mjs';

/** @typedef {(value: unknown, where: string) => any} KeyReader */

/** The value means nothing here, whatever it is. */
export const IGNORED = Symbol('ignored');

/** @type {KeyReader} */
export const ignored = () => IGNORED;

/** @param {'string' | 'number' | 'boolean'} kind @returns {KeyReader} */
const scalar = (kind) => (value, where) => (typeof value === kind ? value : decline(`${where}: not a ${kind}`));

export const text = scalar('string');
export const number = scalar('number');
export const truth = scalar('boolean');

/** @type {KeyReader} */
export const texts = (value, where) =>
  Array.isArray(value) ? value.map((item) => text(item, where)) : decline(`${where}: not an array of strings`);

/** @param {readonly unknown[]} values @returns {KeyReader} one of these, which the builder's own choice stands for */
export const oneOf = (...values) => (value, where) =>
  values.includes(value) ? IGNORED : decline(`${where}: ${describe(value)} is not built here`);

/** @type {KeyReader} data that changes nothing here, which must still be data */
export const dropped = (value, where) => (literal(value, where), IGNORED);

/**
 * @param {Record<string, KeyReader>} readers
 * @param {unknown} value
 * @param {string} where
 * @returns {Record<string, any>} what the readers give, without the ignored
 */
export function readKeys(readers, value, where) {
  if (!isRecord(value)) decline(`${where}: not an object that can be read as data`);
  /** @type {Record<string, any>} */
  const result = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (!Object.hasOwn(readers, key)) decline(`${where}.${key} is not known here`);
    const read = readers[key](item, `${where}.${key}`);
    if (read !== IGNORED) result[key] = read;
  }
  return result;
}

/** @param {Record<string, KeyReader>} readers @returns {KeyReader} */
export const object = (readers) => (value, where) => readKeys(readers, value, where);

/** @param {unknown} value */
function describe(value) {
  return typeof value === 'object' && value !== null ? 'this' : String(JSON.stringify(value)).slice(0, 40);
}
