import { posix } from 'node:path';

import { property, propertyName, TEXT } from './evaluate.mjs';
import { MAKERS } from './packages.mjs';
import { unwrapped } from './syntax.mjs';
import { Called, literal, Named, Place } from './values.mjs';

/** @typedef {import('./evaluate.mjs').Evaluator} Evaluator */
/** @typedef {import('./syntax.mjs').Node} Node */
/** @typedef {Map<string, unknown>} Scope */
/** @typedef {(run: Evaluator, node: Node, values: unknown[]) => unknown} Known */

/** @type {Record<string, Known>} */
const FUNCTIONS = {
  'path.resolve': (run, node, values) => posix.resolve(run.host.root, ...texts(run, node, values)),
  'path.join': (run, node, values) => posix.join(...texts(run, node, values)),
  'path.dirname': (run, node, values) => posix.dirname(text(run, node, values)),
  'path.basename': (run, node, values) => posix.basename(text(run, node, values)),
  'path.normalize': (run, node, values) => posix.normalize(text(run, node, values)),
  'url.fileURLToPath': (run, node, values) => placePath(run, node, values),
  'process.cwd': (run) => run.host.root,
  'JSON.stringify': (run, node, values) => json(run, node, values),
  defineConfig: (_run, _node, values) => values[0],
  loadEnv: (run, node, values) => loadEnv(run, node, values),
  require: (run, node, values) => run.host.required(text(run, node, values)),
  Boolean: (_run, _node, values) => Boolean(values[0]),
  String: (run, node, values) => String(scalar(run, node, values[0])),
  Number: (run, node, values) => Number(scalar(run, node, values[0])),
  parseInt: (run, node, values) => Number.parseInt(String(scalar(run, node, values[0])), 10),
};

/**
 * @param {Evaluator} run
 * @param {Node} node
 * @param {Scope} scope
 * @returns {unknown}
 */
export function call(run, node, scope) {
  const callee = unwrapped(node.callee);
  const method = callee.type === 'MemberExpression' ? methodCall(run, node, callee, scope) : undefined;
  if (method) return method.value;
  const target = run.value(callee, scope);
  if (!(target instanceof Named) || target instanceof Called) run.refuse(node, 'a call of what is not known here');
  const values = operands(run, node, scope);
  if (Object.hasOwn(FUNCTIONS, target.name)) return FUNCTIONS[target.name](run, node, values);
  return MAKERS.has(target.name)
    ? new Called(target.name, values)
    : run.refuse(node, `a call of ${target.name}, which is not known here`);
}

/**
 * @param {Evaluator} run
 * @param {Node} node
 * @param {Scope} scope
 * @returns {unknown}
 */
export function construct(run, node, scope) {
  const target = run.value(node.callee, scope);
  const values = operands(run, node, scope);
  if (!(target instanceof Named) || target.name !== 'URL') run.refuse(node, 'new of what is not known here');
  const [path, base] = values;
  if (typeof path !== 'string' || !(base instanceof Place) || /[:?#%\\]|^\/\//.test(path)) {
    run.refuse(node, 'an address that is not a path beside the file');
  }
  return new Place(posix.resolve(posix.dirname(base.path), path));
}

/**
 * @param {Evaluator} run
 * @param {Node} node
 * @param {Scope} scope
 * @returns {unknown[]}
 */
function operands(run, node, scope) {
  return node.arguments.map((/** @type {Node} */ operand) => {
    if (operand.type === 'SpreadElement') run.refuse(operand, 'a spread among parameters');
    return run.value(operand, scope);
  });
}

/**
 * The few methods of arrays that configurations use.
 *
 * @param {Evaluator} run
 * @param {Node} node
 * @param {Node} callee
 * @param {Scope} scope
 * @returns {{value: unknown} | undefined} undefined where the owner is no array
 */
function methodCall(run, node, callee, scope) {
  if (callee.object.type === 'MetaProperty') return undefined;
  const owner = run.value(callee.object, scope);
  const name = propertyName(run, callee, scope);
  if (!Array.isArray(owner)) return { value: callMember(run, node, property(run, callee, owner, name), scope) };
  run.spend(node, owner.length);
  return { value: arrayMethod(run, node, owner, name, operands(run, node, scope)) };
}

/** @param {Evaluator} run @param {Node} node @param {unknown} target @param {Scope} scope */
function callMember(run, node, target, scope) {
  if (target instanceof Named && Object.hasOwn(FUNCTIONS, target.name)) {
    return FUNCTIONS[target.name](run, node, operands(run, node, scope));
  }
  if (target instanceof Named && !(target instanceof Called) && MAKERS.has(target.name)) {
    return new Called(target.name, operands(run, node, scope));
  }
  return run.refuse(node, 'a call of what is not known here');
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} owner @param {string} name @param {unknown[]} values */
function arrayMethod(run, node, owner, name, values) {
  const [first] = values;
  if (name === 'filter' && first instanceof Named && first.name === 'Boolean') return owner.filter(Boolean);
  if (name === 'flat' && values.length === 0) return joined(run, node, owner);
  if (name === 'concat') return joined(run, node, [owner, ...values]);
  if (name === 'includes') return owner.includes(scalar(run, node, first));
  if (name === 'join') return texts(run, node, owner).join(values.length > 0 ? text(run, node, values) : ',');
  return run.refuse(node, `.${name}() is not known here`);
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values @returns {string[]} */
function texts(run, node, values) {
  let length = 0;
  return values.map((value) => {
    if (typeof value !== 'string') run.refuse(node, 'not a known text');
    length += value.length;
    return length > TEXT ? run.refuse(node, 'a text that is too long') : value;
  });
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} parts @returns {unknown[]} */
function joined(run, node, parts) {
  for (const part of parts) run.spend(node, Array.isArray(part) ? part.length : 1);
  return parts.flat();
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values @returns {string} */
function text(run, node, values) {
  return texts(run, node, values.slice(0, 1))[0] ?? run.refuse(node, 'not a known text');
}

/** @param {Evaluator} run @param {Node} node @param {unknown} value */
function scalar(run, node, value) {
  return typeof value === 'object' && value !== null ? run.refuse(node, 'not a plain value') : value;
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values @returns {string} */
function placePath(run, node, [place]) {
  return place instanceof Place ? place.path : run.refuse(node, 'an address that is not a file of the project');
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values */
function json(run, node, values) {
  if (values.length !== 1) run.refuse(node, 'JSON.stringify with more than a value');
  const written = JSON.stringify(literal(values[0], run.script.file));
  run.spend(node, Math.ceil((written ?? '').length / 10));
  return written;
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values */
function loadEnv(run, node, values) {
  const [mode, folder] = texts(run, node, values.slice(0, 2));
  return run.host.loadEnv(mode ?? '', folder ?? '', prefixes(run, node, values));
}

/** @param {Evaluator} run @param {Node} node @param {unknown[]} values @returns {string[]} */
function prefixes(run, node, values) {
  const given = values.length > 2 ? values[2] : 'VITE_';
  return texts(run, node, Array.isArray(given) ? given : [given]);
}
