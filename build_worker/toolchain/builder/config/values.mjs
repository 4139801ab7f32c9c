/**
 * What an expression can be besides plain data. Plain data are strings, numbers, booleans, null, undefined, arrays, and
 * objects without a prototype.
 */
import { decline } from './types.mjs';

const DEPTH = 40;
const COST = 50_000;
/** Characters of text that cost as much as one value. */
const TEXT = 50;
/** Ways through the alternatives of a pattern. */
const CHOICES = 10_000;

/** A function or a package's export that is known by name, not called. */
export class Named {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }
}

/** A known package's function, called. */
export class Called extends Named {
  /** @param {string} name @param {unknown[]} parameters */
  constructor(name, parameters) {
    super(name);
    this.parameters = parameters;
  }
}

/** A function that the candidate wrote: never called here, but for the one that makes the whole configuration. */
export class Closure {
  /** @param {import('./syntax.mjs').Node} node @param {Map<string, unknown>} scope */
  constructor(node, scope) {
    this.node = node;
    this.scope = scope;
  }
}

/** A `file:` address. */
export class Place {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }
}

/** A regular expression, not yet compiled. */
export class Pattern {
  /** @param {string} source @param {string} flags */
  constructor(source, flags) {
    this.source = source;
    this.flags = flags;
  }
}

/** Names with values that may be read one by one, never as a whole: the process, its environment. */
export class Lookup {
  /** @param {(name: string) => any} get */
  constructor(get) {
    this.get = get;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
}

/**
 * @param {unknown} value
 * @param {string} where file and key path, for the message
 * @returns {any} a copy with ordinary prototypes; `RegExp` where a safe pattern stands
 */
export function plain(value, where) {
  return copied(value, where, 0, { left: COST });
}

/**
 * A value that stands in several places is copied for each: the copy is bounded, not the values.
 *
 * @param {unknown} value
 * @param {string} where
 * @param {number} depth
 * @param {{left: number}} budget
 * @returns {any}
 */
function copied(value, where, depth, budget) {
  budget.left -= 1 + (typeof value === 'string' ? value.length / TEXT : 0);
  if (budget.left < 0 || depth > DEPTH) decline(`${where}: too large or nested too deep`);
  if (value instanceof Pattern) return compiled(value, where);
  if (Array.isArray(value)) {
    return value.map((item, index) => copied(item, `${where}[${index}]`, depth + 1, budget));
  }
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, copied(item, `${where}.${key}`, depth + 1, budget)]),
    );
  }
  if (typeof value === 'object' && value !== null) decline(`${where}: not plain data`);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {any} as `plain`, without any pattern
 */
export function literal(value, where) {
  const copy = plain(value, where);
  if (hasPattern(copy)) decline(`${where}: a regular expression`);
  return copy;
}

/**
 * Only patterns that cannot backtrack beyond a small power of the text's length.
 *
 * @param {Pattern} pattern
 * @param {string} where
 * @param {number} [repeats] how many parts may repeat
 * @returns {RegExp}
 */
export function compiled({ source, flags }, where, repeats = 3) {
  const bare = source.replaceAll(/\\./g, '').replaceAll('(?:', '(');
  const choices = bare.split(/[()]/).reduce((product, part) => product * part.split('|').length, 1);
  const repeated = bare.match(/[*+?]|\{\d+,?\d*\}/g) ?? [];
  const risky = /\)[*+{?]|\(\?/.test(bare) || /\\[1-9k]/.test(source) || source.length > 500;
  if (risky || repeated.length > repeats || choices > CHOICES) decline(`${where}: a regular expression that is not simple`);
  try {
    return new RegExp(source, flags);
  } catch {
    return decline(`${where}: not a regular expression`);
  }
}

/** @param {unknown} value @returns {boolean} */
function hasPattern(value) {
  if (value instanceof RegExp) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasPattern);
}
