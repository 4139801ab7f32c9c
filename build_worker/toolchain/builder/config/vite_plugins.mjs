import { dropped, IGNORED, object, text } from './keys.mjs';
import { decline } from './types.mjs';
import { Called, literal } from './values.mjs';

/** @typedef {import('./project.mjs').Project} Project */
/** @typedef {import('./keys.mjs').KeyReader} KeyReader */

/**
 * @typedef {object} Plugins
 * @property {import('./types.mjs').ReactPart | null} react
 * @property {boolean} tailwind
 * @property {boolean} tsconfigPaths
 */

const MOST = 100;
const NESTED = 5;

/** Major from which a plugin is an ES module alone, which Vite refuses to load into a CommonJS configuration. */
const MODULE_SINCE = new Map([
  ['@vitejs/plugin-react', 5],
  ['@vitejs/plugin-react-swc', 4],
  ['@tailwindcss/vite', 0],
  ['vite-tsconfig-paths', 5],
]);

/** Options of the React plugins that change nothing in a production build. */
const REACT = object({
  jsxRuntime: (value, where) =>
    value === 'automatic' || value === 'classic' ? value : decline(`${where}: not a known runtime`),
  jsxImportSource: text,
  fastRefresh: dropped,
  devTarget: dropped,
  reactRefreshHost: dropped,
  babel: (value, where) => (isEmpty(literal(value, where)) ? IGNORED : decline(`${where}: Babel takes part in the build`)),
  plugins: (value, where) => (isEmpty(literal(value, where)) ? IGNORED : decline(`${where}: SWC plugins`)),
  tsDecorators: (value, where) => (value === false ? IGNORED : decline(`${where}: decorators`)),
});

/**
 * @param {Project} project
 * @param {string} file
 * @param {unknown} value
 * @param {string} where
 * @returns {Plugins}
 */
export function readPlugins(project, file, value, where) {
  if (!Array.isArray(value)) decline(`${where}: not an array`);
  /** @type {Plugins} */
  const found = { react: null, tailwind: false, tsconfigPaths: false };
  const plugins = flattened(value, where).filter(Boolean);
  plugins.forEach((plugin, index) => add(found, plugin, `${where}[${index}]`));
  const names = plugins.map(({ name }) => name);
  if (new Set(names).size < names.length) decline(`${where}: the same plugin twice`);
  for (const name of names) loads(project, file, name, where);
  return found;
}

/** @param {unknown[]} plugins @param {string} where @returns {any[]} */
function flattened(plugins, where) {
  let flat = plugins;
  for (let depth = 0; depth < NESTED && flat.some(Array.isArray); depth += 1) {
    if (flat.length > MOST) decline(`${where}: too many plugins`);
    flat = flat.flatMap((plugin) => (Array.isArray(plugin) ? plugin.slice(0, MOST) : [plugin]));
  }
  return flat.length > MOST ? decline(`${where}: too many plugins`) : flat;
}

/** @param {Plugins} found @param {unknown} plugin @param {string} where */
function add(found, plugin, where) {
  if (!(plugin instanceof Called)) decline(`${where}: not a plugin that is known here`);
  const [options = Object.create(null), ...rest] = plugin.parameters;
  if (rest.length > 0) decline(`${where}: more than options`);
  if (plugin.name.startsWith('@vitejs/plugin-react')) {
    if (found.react) decline(`${where}: two React plugins`);
    found.react = { jsxRuntime: 'automatic', jsxImportSource: 'react', ...REACT(options, where) };
  } else if (plugin.name === '@tailwindcss/vite') found.tailwind = noOptions(options, where);
  else if (plugin.name === 'vite-tsconfig-paths') found.tsconfigPaths = noOptions(options, where);
  else decline(`${where}: ${plugin.name} is not known here`);
}

/** @param {unknown} options @param {string} where @returns {true} */
function noOptions(options, where) {
  return isEmpty(literal(options, where)) || decline(`${where}: options`);
}

/** @param {unknown} data @returns {boolean} no option is set, at any depth */
function isEmpty(data) {
  if (typeof data !== 'object' || data === null) return data === undefined || data === false;
  return Object.values(data).every(isEmpty);
}

/** @param {Project} project @param {string} file @param {string} name @param {string} where */
function loads(project, file, name, where) {
  const esm = /\.m[jt]s$/.test(file) || (/\.[jt]s$/.test(file) && project.esm);
  const since = MODULE_SINCE.get(name);
  if (!esm && since !== undefined && project.major(name) >= since) {
    decline(`${where}: ${name} is an ES module, ${file} is not`);
  }
}
