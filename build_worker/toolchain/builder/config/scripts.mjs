import { Evaluator, truth } from './evaluate.mjs';
import { at, parseScript, unwrapped } from './syntax.mjs';
import { decline } from './types.mjs';
import { Closure, isRecord } from './values.mjs';

/** @typedef {import('./syntax.mjs').Node} Node */
/** @typedef {Map<string, unknown>} Scope */
/** @typedef {(run: Evaluator, node: Node, scope: Scope) => unknown} Step */

const TYPES = /^(TSInterfaceDeclaration|TSTypeAliasDeclaration|EmptyStatement)$/;

/** What a statement that ends a function gives. */
class Returned {
  /** @param {unknown} value */
  constructor(value) {
    this.value = value;
  }
}

/**
 * What a configuration script exports: its default export, or `module.exports`.
 *
 * @param {import('./host.mjs').Host} host
 * @param {string} text
 * @param {{nodes: number}} budget
 * @param {unknown[]} parameters where it exports a function, what that function is called with
 * @returns {{value: unknown, run: Evaluator}}
 */
export function readScript(host, text, budget, parameters) {
  const run = new Evaluator(parseScript(host.file, text), host, budget);
  const exported = moduleValue(run);
  return { value: exported instanceof Closure ? invoke(run, exported, parameters) : exported, run };
}

/** @param {Evaluator} run @returns {unknown} */
function moduleValue(run) {
  /** @type {Scope} */
  const scope = new Map();
  const exported = new Map();
  for (const node of run.script.body) hoist(node, scope);
  for (const node of run.script.body) {
    run.spend(node, 1);
    moduleStep(run, node, scope, exported);
  }
  if (!exported.has('default')) decline(`${run.script.file}: exports nothing that can be read`);
  return exported.get('default');
}

/** @param {Node} node @param {Scope} scope */
function hoist(node, scope) {
  const declared = node.type.startsWith('Export') ? node.declaration : node;
  if (declared?.type === 'FunctionDeclaration' && declared.id) scope.set(declared.id.name, new Closure(declared, scope));
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @param {Map<string, unknown>} exported */
function moduleStep(run, node, scope, exported) {
  if (node.type === 'ImportDeclaration') return importStep(run, node, scope);
  if (node.type === 'ExportDefaultDeclaration') return exportDefault(run, node.declaration, scope, exported);
  if (node.type === 'ExportNamedDeclaration') return exportNamed(run, node, scope, exported);
  const assigned = commonExport(run, node);
  if (assigned) return void exported.set('default', run.value(assigned, scope));
  const ended = statement(run, node, scope);
  if (ended) run.refuse(node, 'a return outside of a function');
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @param {Map<string, unknown>} exported */
function exportDefault(run, node, scope, exported) {
  const isFunction = node.type === 'FunctionDeclaration';
  exported.set('default', isFunction ? new Closure(node, scope) : run.value(node, scope));
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @param {Map<string, unknown>} exported */
function exportNamed(run, node, scope, exported) {
  if (node.exportKind === 'type') return;
  if (node.source) run.refuse(node, 'an export from elsewhere');
  if (node.declaration) statement(run, node.declaration, scope);
  for (const { local, exported: name } of node.specifiers) {
    if (name.name === 'default') exported.set('default', run.value(local, scope));
  }
}

/** @param {Evaluator} run @param {Node} node @returns {Node | undefined} the right side of `module.exports = …` */
function commonExport(run, node) {
  const expression = node.type === 'ExpressionStatement' ? node.expression : undefined;
  if (expression?.type !== 'AssignmentExpression' || expression.operator !== '=') return undefined;
  const { left, right } = expression;
  const isExports = left.type === 'MemberExpression' && left.object.name === 'module' && left.property.name === 'exports';
  if (!isExports || left.computed) return undefined;
  if (run.host.esm && run.host.loader !== 'tailwind') run.refuse(node, 'module.exports in an ES module');
  return right;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope */
function importStep(run, node, scope) {
  if (node.importKind === 'type') return;
  const { value: source } = node.source;
  if (node.specifiers.length === 0) run.refuse(node, `imports ${source} for its effects`);
  for (const specifier of node.specifiers) {
    if (specifier.importKind === 'type') continue;
    const value = run.host.imported(source, importedName(specifier));
    if (value !== undefined) scope.set(specifier.local.name, value);
    else if (!isElided(run, specifier.local.name)) run.refuse(node, `imports ${source}, which is not known here`);
  }
}

/** @param {Node} specifier */
function importedName(specifier) {
  if (specifier.type === 'ImportSpecifier') return specifier.imported.name ?? specifier.imported.value;
  return specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*';
}

/** TypeScript leaves an import out that no value uses; here: a name that stands nowhere else. @param {Evaluator} run @param {string} name */
function isElided(run, name) {
  if (!run.script.file.endsWith('ts')) return false;
  return run.script.text.split(/[^\w$]+/).filter((word) => word === name).length === 1 || isTypeOnly(run, name);
}

/** @param {Evaluator} run @param {string} name */
function isTypeOnly(run, name) {
  const uses = run.script.text.split(new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`)).slice(1, -1);
  return /^[A-Z]/.test(name) && uses.every((before) => /(:|satisfies|\bas|<)\s*$/.test(before));
}

/**
 * @param {Evaluator} run
 * @param {Closure} closure
 * @param {unknown[]} parameters
 * @returns {unknown}
 */
function invoke(run, closure, parameters) {
  const { node } = closure;
  if (node.generator) run.refuse(node, 'a generator');
  const scope = new Map(closure.scope);
  node.params.forEach((/** @type {Node} */ pattern, /** @type {number} */ index) => {
    bind(run, pattern, parameters[index], scope);
  });
  if (node.body.type !== 'BlockStatement') return run.value(node.body, scope);
  return block(run, node.body.body, scope)?.value;
}

/** @param {Evaluator} run @param {Node[]} nodes @param {Scope} scope @returns {Returned | undefined} */
function block(run, nodes, scope) {
  for (const node of nodes) {
    const ended = statement(run, node, scope);
    if (ended) return ended;
  }
  return undefined;
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {Returned | undefined} */
function statement(run, node, scope) {
  run.spend(node, 1);
  if (TYPES.test(node.type) || node.declare || node.type === 'FunctionDeclaration' || node.directive) return undefined;
  const step = STATEMENTS[node.type];
  return step ? step(run, node, scope) : run.refuse(node, `${node.type} is not read as data`);
}

/** @type {Record<string, (run: Evaluator, node: Node, scope: Scope) => Returned | undefined>} */
const STATEMENTS = {
  VariableDeclaration: (run, node, scope) => declaration(run, node, scope),
  ReturnStatement: (run, node, scope) => new Returned(node.argument ? run.value(node.argument, scope) : undefined),
  IfStatement: (run, node, scope) => branch(run, node, scope),
};

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {Returned | undefined} */
function branch(run, node, scope) {
  const taken = truth(run, node.test, scope) ? node.consequent : node.alternate;
  if (!taken) return undefined;
  return taken.type === 'BlockStatement' ? block(run, taken.body, new Map(scope)) : statement(run, taken, scope);
}

/** @param {Evaluator} run @param {Node} node @param {Scope} scope @returns {undefined} */
function declaration(run, node, scope) {
  for (const { id, init } of node.declarations) bind(run, id, init ? run.value(init, scope) : undefined, scope);
  return undefined;
}

/** @param {Evaluator} run @param {Node} pattern @param {unknown} value @param {Scope} scope */
function bind(run, pattern, value, scope) {
  const target = unwrapped(pattern);
  if (target.type === 'Identifier') return void scope.set(target.name, value);
  if (target.type === 'AssignmentPattern') {
    return bind(run, target.left, value === undefined ? run.value(target.right, scope) : value, scope);
  }
  if (target.type !== 'ObjectPattern' || !isRecord(value)) decline(`${at(run.script, pattern)}: a pattern not known here`);
  for (const { type, key, computed, value: inner } of target.properties) {
    if (type !== 'Property' || computed || key.type !== 'Identifier') run.refuse(pattern, 'a pattern not known here');
    bind(run, inner, Object.hasOwn(value, key.name) ? value[key.name] : undefined, scope);
  }
}
