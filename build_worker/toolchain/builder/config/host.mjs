import { isBuiltin } from 'node:module';
import { posix } from 'node:path';

import { environment } from './env.mjs';
import { jsonRecord } from './json.mjs';
import { MAKERS } from './packages.mjs';
import { colors, defaultTheme } from './tailwind_values.mjs';
import { decline } from './types.mjs';
import { Called, isRecord, Lookup, Named, Place } from './values.mjs';

/** Packages that are imported at the top and called in development only; a call of them is not known. */
const DEVELOPMENT = new Map([
  ['lovable-tagger', 'componentTagger'],
  ['rollup-plugin-visualizer', 'visualizer'],
]);

/** Packages whose default export is known by the package's name. */
const DEFAULTS = new Set([...MAKERS, 'tailwindcss/plugin']);

const PATH = ['resolve', 'join', 'dirname', 'basename', 'normalize'];

/** @param {Record<string, unknown>} members */
const record = (members) => Object.assign(Object.create(null), members);

/** @type {Record<string, () => Record<string, unknown>>} */
const MODULES = {
  path: () => {
    const members = record(Object.fromEntries(PATH.map((name) => [name, new Named(`path.${name}`)])));
    return Object.assign(members, { posix: record({ ...members }), sep: '/' });
  },
  url: () => record({ fileURLToPath: new Named('url.fileURLToPath'), URL: new Named('URL') }),
  vite: () => record({ defineConfig: new Named('defineConfig'), loadEnv: new Named('loadEnv') }),
  'vitest/config': () => record({ defineConfig: new Named('defineConfig') }),
  'tailwindcss/defaultTheme': defaultTheme,
  'tailwindcss/colors': colors,
};

/**
 * What a configuration script may know: where it lies, the packages that the project declares, the environment that a
 * production build has.
 */
export class Host {
  /**
   * @param {string} file
   * @param {import('./project.mjs').Project} project
   * @param {'vite' | 'tailwind' | 'postcss'} loader who reads the script, which says what a script may be written in
   */
  constructor(file, project, loader) {
    this.file = file;
    this.project = project;
    this.loader = loader;
    this.root = project.root;
    this.path = posix.join(this.root, file);
    this.esm = /\.m[jt]s$/.test(file) || (/\.[jt]s$/.test(file) && project.esm);
  }

  /** @param {string} name @returns {unknown} undefined where the name is not known */
  global(name) {
    if (name === '__dirname' || name === '__filename') return this.#folder(name);
    if (name === 'process') return processMembers();
    if (name === 'JSON') return record({ stringify: new Named('JSON.stringify') });
    const functions = ['Boolean', 'String', 'Number', 'parseInt', 'require', 'URL'];
    return functions.includes(name) ? new Named(name) : undefined;
  }

  /** @param {string} name @returns {unknown} */
  meta(name) {
    if (name === 'url') return new Place(this.path);
    if (name === 'dirname') return posix.dirname(this.path);
    return name === 'filename' ? this.path : undefined;
  }

  /** @param {unknown} owner @param {string} name @returns {unknown} undefined where it is not known */
  member(owner, name) {
    if (owner instanceof Place && name === 'pathname') return owner.path;
    if (owner instanceof Named && !(owner instanceof Called) && name === 'default') return owner;
    return typeof owner === 'string' && name === 'length' ? owner.length : undefined;
  }

  /**
   * @param {string} specifier
   * @returns {unknown} what `require(specifier)` gives
   */
  required(specifier) {
    if (this.esm && this.loader !== 'tailwind') decline(`${this.file}: require in an ES module`);
    const exported = this.#exports(specifier);
    return exported ?? decline(`${this.file}: requires ${specifier}, which is not known here`);
  }

  /**
   * @param {string} specifier
   * @param {string} name an exported name, `default`, or `*`
   * @returns {unknown} undefined where it is not known
   */
  imported(specifier, name) {
    if (DEVELOPMENT.get(specifier) === name && this.#declared(specifier)) return new Named(specifier);
    const exported = this.#exports(specifier);
    if (name === 'default' || name === '*' || exported === undefined) return exported;
    return isRecord(exported) && Object.hasOwn(exported, name) ? exported[name] : undefined;
  }

  /**
   * @param {string} mode
   * @param {string} folder
   * @param {string[]} prefixes
   * @returns {Lookup} what Vite's `loadEnv` gives
   */
  loadEnv(mode, folder, prefixes) {
    const path = posix.relative(this.root, posix.resolve(this.root, folder));
    if (path.startsWith('..')) decline(`${this.file}: loadEnv of a folder outside the project`);
    const variables = this.project.variables(path, mode);
    const process = environment();
    return new Lookup((name) => {
      if (!prefixes.some((prefix) => name.startsWith(prefix))) return undefined;
      return process.get(name) ?? variables.get(name);
    });
  }

  /** @param {string} name */
  #folder(name) {
    if (this.esm && this.loader === 'postcss') decline(`${this.file}: ${name} in an ES module`);
    return name === '__dirname' ? posix.dirname(this.path) : this.path;
  }

  /** @param {string} specifier @returns {unknown} */
  #exports(specifier) {
    const name = specifier.replace(/^node:/, '');
    if (isBuiltin(name)) return Object.hasOwn(MODULES, name) ? MODULES[name]() : builtin(name);
    if (/^\.{1,2}\/.*\.json$/.test(specifier)) return this.#json(specifier);
    if (!this.#declared(specifier)) return undefined;
    if (Object.hasOwn(MODULES, specifier)) return MODULES[specifier]();
    return DEFAULTS.has(specifier) ? new Named(specifier) : undefined;
  }

  /** @param {string} specifier */
  #json(specifier) {
    const path = posix.join(posix.dirname(this.file), specifier);
    const text = this.project.files.get(path);
    return text === undefined ? undefined : jsonRecord(path, text);
  }

  /** @param {string} specifier */
  #declared(specifier) {
    const parts = specifier.split('/');
    return this.project.declares(parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'));
  }
}

/** @param {string} name a module of Node that may be imported, and of which nothing is known */
function builtin(name) {
  return name === 'process' ? processMembers() : new Named(name);
}

/** What may be known of the process: its environment and its folder. */
function processMembers() {
  return new Lookup((name) => {
    if (name === 'env') return environment();
    return name === 'cwd' ? new Named('process.cwd') : decline(`process.${name} is not known here`);
  });
}
