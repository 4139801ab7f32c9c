import { call, construct } from './calls.mjs';
import { at, unwrapped } from './syntax.mjs';
import { decline } from './types.mjs';
import { Closure, isRecord, Lookup, Pattern } from './values.mjs';

/** @typedef {import('./syntax.mjs').Node} Node */
/** @typedef {import('./syntax.mjs').Script} Script */
/** @typedef {Map<string, unknown>} Scope names of one function or module, the outer ones copied in */

const DEPTH = 200;

/** The longest text that is made. */
export const TEXT = 100_000;

/**
 * What one reading may cost, all its files together.
 *
 * @returns {{nodes: number}}
 */
export function newBudget() {
  return { nodes: 100_000 };
}

/**
 * A total evaluator of constant expressions: every node is one known kind, or the reading ends. It calls nothing that a
 * candidate wrote, reads no property but an own one of plain data, and its work and memory are bounded.
 */
export class Evaluator {
  #depth = 0;

  /**
   * @param {Script} script
   * @param {import('./host.mjs').Host} host what the script may know of its surroundings
   * @param {{nodes: number}} budget
   */
  constructor(script, host, budget) {
    this.script = script;
    this.host = host;
    this.budget = budget;
  }

  /**
   * @param {Node} node an expression
   * @param {Scope} scope
   * @returns {unknown}
   */
  value(node, scope) {
    const inner = unwrapped(node);
    const read = EXPRESSIONS[inner.type];
    if (!read) this.refuse(inner, `${inner.type} is not a constant`);
    this.spend(inner, 1);
    this.#depth += 1;
    if (this.#depth > DEPTH) this.refuse(inner, 'nested too deep');
    const value = read(this, inner, scope);
    this.#depth -= 1;
    if (typeof value === 'string' && value.length > TEXT) this.refuse(inner, 'a text that is too long');
    return value;
  }

  /** @param {Node} node @param {number} cost */
  spend(node, cost) {
    this.budget.nodes -= cost;
    if (this.budget.nodes < 0) this.refuse(node, 'too large to be read');
  }

  /** @param {Node} node @param {string} reason @returns {never} */
  refuse(node, reason) {
    decline(`${at(this.script, node)}: ${reason}`);
  }
}

/** @type {Record<string, (run: Evaluator, node: Node, scope: Scope) => unknown>} */
const EXPRESSIONS = {
  Literal: (run, node) => literalValue(run, node),
  Identifier: (run, node, scope) => identifier(run, node, scope),
  TemplateLiteral: (run, node, scope) => template(run, node, scope),
  ArrayExpression: (run, node, scope) => array(run, node, scope),
  ObjectExpression: (run, node, scope) => object(run, node, scope),
  ArrowFunctionExpression: (_run, node, scope) => new Closure(node, scope),
  FunctionExpression: (_run, node, scope) => new Closure(node, scope),
  ConditionalExpression: (run, node, scope) =>
    run.value(truth(run, node.test, scope) ? node.consequent : node.alternate, scope),
  LogicalExpression: (run, node, scope) => logical(run, node, scope),
  UnaryExpression: (run, node, scope) => unary(run, node, scope),
  BinaryExpression: (run, node, scope) => binary(run, node, scope),
  MemberExpression: (run, node, scope) => member(run, node, scope),
  CallExpression: (run, node, scope) => call(run, node, scope),
  NewExpression: (run, node, scope) => construct(run, node, scope),
};

/** @param {Evaluator} run @param {Node} node */
function literalValue(run, node) {
  if (node.regex) return new Pattern(node.regex.pattern, node.regex.flags);
  if (typeof node.bigint === 'string') run.refuse(node, 'a big integer');
  return node.value;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function identifier(run, node, scope) {
  if (node.name === 'undefined') return undefined;
  if (scope.has(node.name)) return scope.get(node.name);
  const known = run.host.global(node.name);
  if (known === undefined) run.refuse(node, `${node.name} is not a known constant`);
  return known;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function template(run, node, scope) {
  let text = node.quasis[0].value.cooked;
  node.expressions.forEach((/** @type {Node} */ part, /** @type {number} */ index) => {
    text += asText(run, part, run.value(part, scope)) + node.quasis[index + 1].value.cooked;
    if (text.length > TEXT) run.refuse(node, 'a text that is too long');
  });
  return text;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function array(run, node, scope) {
  /** @type {unknown[]} */
  const items = [];
  for (const element of node.elements) {
    if (element === null) run.refuse(node, 'an array with holes');
    if (element.type !== 'SpreadElement') items.push(run.value(element, scope));
    else items.push(...spread(run, element, scope));
  }
  return items;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {unknown[]} */
function spread(run, node, scope) {
  const value = run.value(node.argument, scope);
  if (!Array.isArray(value)) run.refuse(node, 'a spread of what is not a known array');
  run.spend(node, value.length);
  return value;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function object(run, node, scope) {
  const result = Object.create(null);
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') Object.assign(result, spreadRecord(run, property, scope));
    else if (property.kind !== 'init') run.refuse(property, 'a getter or setter');
    else result[key(run, property, scope)] = run.value(property.value, scope);
  }
  return result;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function spreadRecord(run, node, scope) {
  const value = run.value(node.argument, scope);
  if (value === null || value === undefined || value === false) return {};
  if (!isRecord(value)) run.refuse(node, 'a spread of what is not a known object');
  run.spend(node, Object.keys(value).length);
  return value;
}

/** @param {Evaluator} run @param {Node} property @param {Scope} scope @returns {string} */
function key(run, property, scope) {
  const { key: name, computed } = property;
  const read = computed || name.type !== 'Identifier' ? run.value(name, scope) : name.name;
  if (typeof read !== 'string' && typeof read !== 'number') run.refuse(name, 'a key that is not a constant');
  if (read === '__proto__') run.refuse(name, '__proto__ as a key');
  return String(read);
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {boolean} */
export function truth(run, node, scope) {
  return Boolean(run.value(node, scope));
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function logical(run, node, scope) {
  const left = run.value(node.left, scope);
  if (node.operator === '??') return left === null || left === undefined ? run.value(node.right, scope) : left;
  return Boolean(left) === (node.operator === '&&') ? run.value(node.right, scope) : left;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function unary(run, node, scope) {
  const value = run.value(node.argument, scope);
  if (node.operator === '!') return !value;
  if (node.operator === 'void') return undefined;
  if (node.operator === '-' && typeof value === 'number') return -value;
  if (node.operator === '+' && (typeof value === 'number' || typeof value === 'string')) return Number(value);
  return run.refuse(node, `${node.operator} is not known here`);
}

/** @type {Record<string, (left: any, right: any) => unknown>} */
const NUMBERS = {
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
};

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function binary(run, node, scope) {
  if (node.left.type === 'PrivateIdentifier') run.refuse(node, 'a private name');
  const left = run.value(node.left, scope);
  const right = run.value(node.right, scope);
  for (const side of [left, right]) {
    if (typeof side === 'object' && side !== null) run.refuse(node, `${node.operator} of what is not a plain value`);
  }
  if (node.operator === '===' || node.operator === '!==') return (left === right) === (node.operator === '===');
  if (typeof left === 'number' && typeof right === 'number') return arithmetic(run, node, left, right);
  if (node.operator === '+') return asText(run, node, left) + asText(run, node, right);
  if (typeof left !== typeof right) run.refuse(node, `${node.operator} of two kinds of values`);
  if (node.operator === '==' || node.operator === '!=') return (left === right) === (node.operator === '==');
  return run.refuse(node, `${node.operator} is not known here`);
}

/** @param {Evaluator} run @param {Node} node @param {number} left @param {number} right */
function arithmetic(run, node, left, right) {
  if (node.operator === '+') return left + right;
  if (node.operator === '==' || node.operator === '!=') return (left === right) === (node.operator === '==');
  const compute = Object.hasOwn(NUMBERS, node.operator) ? NUMBERS[node.operator] : undefined;
  return compute ? compute(left, right) : run.refuse(node, `${node.operator} is not known here`);
}

/** @param {Evaluator} run @param {Node} node @param {unknown} value @returns {string} */
function asText(run, node, value) {
  if (typeof value === 'object' && value !== null) run.refuse(node, 'a text made of what is not plain');
  return String(value);
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function member(run, node, scope) {
  const meta = importMeta(run, node);
  if (meta !== undefined) return meta;
  const owner = run.value(node.object, scope);
  const name = propertyName(run, node, scope);
  if ((owner === null || owner === undefined) && node.optional) return undefined;
  return property(run, node, owner, name);
}

/** @param {Evaluator} run @param {Node} node */
function importMeta(run, node) {
  const { object: owner, property: name, computed } = node;
  if (owner.type !== 'MetaProperty' || computed) return undefined;
  return run.host.meta(name.name) ?? run.refuse(node, `import.meta.${name.name} is not known`);
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {string} */
export function propertyName(run, node, scope) {
  if (!node.computed) return node.property.name;
  const name = run.value(node.property, scope);
  if (typeof name !== 'string' && typeof name !== 'number') run.refuse(node, 'a key that is not a constant');
  return String(name);
}

/** @param {Evaluator} run @param {Node} node @param {unknown} owner @param {string} name */
export function property(run, node, owner, name) {
  if (owner instanceof Lookup) return owner.get(name) ?? undefined;
  if (isRecord(owner) || Array.isArray(owner)) {
    if (Object.hasOwn(owner, name)) return /** @type {any} */ (owner)[name];
    if (isRecord(owner) && !(name in Object.prototype)) return undefined;
  }
  return run.host.member(owner, name) ?? run.refuse(node, `.${name} is not known here`);
}
