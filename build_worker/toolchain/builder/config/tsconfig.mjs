import { posix } from 'node:path';

import { jsonRecord } from './json.mjs';
import { decline } from './types.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./types.mjs').TypescriptPart} TypescriptPart */
/** @typedef {Record<string, any>} Options */

const DEPTH = 5;
const KEPT = ['jsx', 'jsxImportSource', 'experimentalDecorators', 'useDefineForClassFields', 'verbatimModuleSyntax', 'target'];

/**
 * The options that a bundler reads, of the project that holds the sources.
 *
 * @param {Project} project
 * @returns {TypescriptPart}
 */
export function readTypescript(project) {
  const inner = [...project.files.keys()].find((path) => /^(src|app)\/.*tsconfig\.json$/.test(path));
  if (inner !== undefined) decline(`${inner}: options for some folders alone`);
  /** @type {string[]} */
  const files = [];
  if (!project.files.has('tsconfig.json')) return { files };
  const projects = [read(project, 'tsconfig.json', files, 0)].flatMap((root) => [root, ...references(project, root, files)]);
  const [first = { options: {} }, ...others] = projects.filter(holdsSources).map(({ options }) => ({ options }));
  for (const { options } of others) agree(first.options, options);
  return { files, ...first.options };
}

/**
 * @typedef {{path: string, manifest: Options, options: Options}} Part
 *
 * @param {Project} project
 * @param {string} path
 * @param {string[]} files
 * @param {number} depth
 * @returns {Part}
 */
function read(project, path, files, depth) {
  if (depth > DEPTH || files.length > 20) decline(`${path}: extended too far`);
  files.push(path);
  const manifest = jsonRecord(path, project.files.get(path) ?? decline(`${path}: is not a file of the project`));
  const parents = [manifest.extends ?? []].flat().map((name) => read(project, extended(path, name), files, depth + 1));
  const own = relevant(project, path, manifest.compilerOptions ?? {});
  const inherited = parents.map(({ options }) => options);
  const include = manifest.include ?? parents.map((parent) => parent.manifest.include).find(Boolean);
  return { path, manifest: { ...manifest, include }, options: Object.assign({}, ...inherited, own) };
}

/** @param {string} path @param {unknown} name @returns {string} */
function extended(path, name) {
  if (typeof name !== 'string' || !/^\.{1,2}\//.test(name)) decline(`${path}: extends what is not a file beside it`);
  const target = posix.join(posix.dirname(path), name.endsWith('.json') ? name : `${name}.json`);
  return target.startsWith('..') ? decline(`${path}: extends a file outside of the project`) : target;
}

/** @param {Project} project @param {Part} root @param {string[]} files @returns {Part[]} */
function references(project, root, files) {
  const listed = root.manifest.references ?? [];
  if (!Array.isArray(listed)) decline(`${root.path}: references are not a list`);
  return listed.map((reference) => {
    const path = posix.normalize(String(reference?.path ?? ''));
    const file = path.endsWith('.json') ? path : posix.join(path, 'tsconfig.json');
    return project.files.has(file) ? read(project, file, files, 1) : decline(`${root.path}: refers to ${path}, which is not there`);
  });
}

/** @param {Project} project @param {string} path @param {Options} options @returns {Options} */
function relevant(project, path, options) {
  if (typeof options !== 'object' || options === null) decline(`${path}: compilerOptions is no object`);
  const kept = Object.fromEntries(KEPT.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]));
  const folder = posix.dirname(path);
  if (typeof options.baseUrl === 'string') kept.baseUrl = project.inside(posix.join(folder, options.baseUrl), path);
  if (options.paths !== undefined) kept.paths = paths(options.paths, path);
  return kept;
}

/** @param {unknown} value @param {string} where @returns {Record<string, string[]>} */
function paths(value, where) {
  const entries = Object.entries(/** @type {Record<string, unknown>} */ (value ?? {}));
  const isPlain = entries.every(([, to]) => Array.isArray(to) && to.every((path) => typeof path === 'string'));
  return isPlain ? Object.fromEntries(/** @type {Array<[string, string[]]>} */ (entries)) : decline(`${where}: paths`);
}

/** @param {Part} part whether it holds more than the configuration files @returns {boolean} */
function holdsSources({ manifest }) {
  const { files, include } = manifest;
  if (Array.isArray(include)) return include.some((glob) => !/config\.[mc]?[jt]s$/.test(String(glob)));
  return !Array.isArray(files) || files.length > 0;
}

/** @param {Options} first @param {Options} other */
function agree(first, other) {
  for (const key of KEPT.filter((name) => name !== 'target')) {
    if (first[key] !== other[key]) decline(`tsconfig: two projects disagree on ${key}`);
  }
}
