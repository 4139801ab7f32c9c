import { Host } from './host.mjs';
import { jsonRecord } from './json.mjs';
import { readScript } from './scripts.mjs';
import { decline } from './types.mjs';
import { Called, isRecord, literal, Named } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./types.mjs').PostcssPlugin} PostcssPlugin */

/** Where `postcss-load-config` looks after `package.json`, in its order. */
const RC = ['', '.json', '.yaml', '.yml', '.ts', '.cts', '.mts', '.js', '.cjs', '.mjs'].map((end) => `.postcssrc${end}`);
const CONFIG = ['ts', 'cts', 'mts', 'js', 'cjs', 'mjs'].map((end) => `postcss.config.${end}`);

/** Options that a plugin may have here: any literal, or none. */
const OPTIONS = new Map([
  ['tailwindcss', 'literal'],
  ['tailwindcss/nesting', 'none'],
  ['@tailwindcss/postcss', 'none'],
  ['autoprefixer', 'literal'],
  ['postcss-import', 'none'],
  ['postcss-nested', 'literal'],
]);

/**
 * @param {Project} project
 * @param {{nodes: number}} budget
 * @returns {PostcssPlugin[]} empty where nothing is configured
 */
export function readPostcss(project, budget) {
  const inline = project.manifest.postcss;
  if (inline !== undefined) return configuration(project, inline, 'package.json.postcss');
  const file = project.first([...RC, ...CONFIG]);
  return file === undefined ? [] : configuration(project, exported(project, file, budget), file);
}

/**
 * @param {Project} project
 * @param {string} _file
 * @param {unknown} value `css.postcss` of a Vite configuration
 * @param {string} where
 * @returns {PostcssPlugin[]}
 */
export function inlinePostcss(project, _file, value, where) {
  return configuration(project, value, where);
}

/** @param {Project} project @param {string} file @param {{nodes: number}} budget */
function exported(project, file, budget) {
  const text = project.files.get(file) ?? '';
  if (/rc(\.json)?$/.test(file)) return jsonRecord(file, text);
  if (!/\.[mc]?js$/.test(file)) decline(`${file}: is read by a loader that the project may not have`);
  const host = new Host(file, project, 'postcss');
  if (!host.esm && /^[ \t]*(export|import)\b/m.test(text)) decline(`${file}: an ES module in a CommonJS package`);
  const context = Object.assign(Object.create(null), { env: 'production', cwd: project.root });
  return readScript(host, text, budget, [context]).value;
}

/** @param {Project} project @param {unknown} value @param {string} where @returns {PostcssPlugin[]} */
function configuration(project, value, where) {
  if (!isRecord(value)) decline(`${where}: not an object that can be read as data`);
  const other = Object.keys(value).find((key) => key !== 'plugins' && !(key === 'map' && !value.map));
  if (other !== undefined) decline(`${where}.${other} is not known here`);
  const plugins = pairs(value.plugins ?? [], where).map(([name, options]) => plugin(project, name, options, where));
  const names = plugins.map(({ name }) => name);
  return new Set(names).size < names.length ? decline(`${where}: the same plugin twice`) : plugins;
}

/** @param {unknown} plugins @param {string} where @returns {Array<[string, unknown]>} */
function pairs(plugins, where) {
  if (isRecord(plugins)) return Object.entries(plugins).filter(([, options]) => options !== false);
  if (!Array.isArray(plugins)) decline(`${where}: plugins that cannot be read as data`);
  return plugins.filter(Boolean).map((item) => called(item, where));
}

/** @param {unknown} item @param {string} where @returns {[string, unknown]} */
function called(item, where) {
  if (!(item instanceof Named)) decline(`${where}: a plugin that is not known here`);
  const parameters = item instanceof Called ? item.parameters : [];
  return parameters.length > 1 ? decline(`${where}: ${item.name} with more than options`) : [item.name, parameters[0]];
}

/** @param {Project} project @param {string} name @param {unknown} given @param {string} where @returns {PostcssPlugin} */
function plugin(project, name, given, where) {
  const kind = OPTIONS.get(name) ?? decline(`${where}: ${name} is not known here`);
  const owner = name === 'tailwindcss/nesting' ? 'tailwindcss' : name;
  if (!project.declares(owner)) decline(`${where}: ${owner} is not declared`);
  const options = literal(given, `${where}.${name}`) ?? {};
  if (name === 'tailwindcss' && typeof options === 'string') return { name, options: { config: options } };
  if (typeof options !== 'object' && options !== true) decline(`${where}: ${name} with options that are no object`);
  if (kind === 'none' && Object.keys(options).length > 0) decline(`${where}: ${name} with options`);
  return { name: /** @type {PostcssPlugin['name']} */ (name), options: { ...options } };
}
