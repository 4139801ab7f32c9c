/**
 * One place that keeps a job to its own files and its own dependency set, and that runs nothing of either.
 *
 * Two walls, because the bundler reads in two ways. Whatever reads through Node (styles, assets, pages, packages'
 * manifests) meets the patched file functions; whatever the native bundler would load meets the plugin's `load`. Both
 * ask the same question of a path's real place. Import this module before anything that may keep a file function.
 */

import fs from 'node:fs';
import Module, { syncBuiltinESMExports } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Declined } from './config/types.mjs';

/** The candidate asked for a file that is neither its own nor of its dependency set. */
export class OutsideFile extends Error {
  /** @param {string} path as it was asked for */
  constructor(path) {
    super(`${path} lies outside the site and its dependencies`);
    this.path = path;
  }
}

const realpath = fs.realpathSync.native;
const OURS = [...new Set(['../', '../node_modules/'].map(place))];
const READERS = ['readFile', 'open', 'readdir', 'opendir', 'createReadStream', 'copyFile', 'cp'];
const QUERY = /[?#].*$/s;
const VIRTUAL = /^(?:\0|virtual:|data:|https?:|\/\/)/;
const PREPROCESSED = /\.(?:s[ac]ss|less|styl(?:us)?|sss)(?:$|\?)/;

/** @type {{roots: string[], refused: Set<string>} | null} */
let job = null;

/** @param {string} path relative to this folder @returns {string} */
function place(path) {
  return `${realpath(fileURLToPath(new URL(path, import.meta.url)))}/`;
}

/**
 * Begin a job.
 *
 * @param {string[]} folders what it may read
 * @returns {() => string[]} ends it; answers which paths it asked for in vain
 */
export function guard(folders) {
  const current = { roots: [...folders.map((folder) => `${realpath(folder)}/`), ...OURS], refused: new Set() };
  job = current;
  return () => {
    job = null;
    return [...current.refused];
  };
}

/**
 * Refuse a path that a job may not read. Paths that do not exist pass: there is nothing to read.
 *
 * @param {unknown} path
 * @throws {OutsideFile}
 */
export function admit(path) {
  if (job === null || typeof path === 'number') return;
  const asked = path instanceof URL ? fileURLToPath(path) : String(path);
  const real = existing(asked);
  if (real === null || job.roots.some((root) => `${real}/`.startsWith(root))) return;
  job.refused.add(asked);
  throw new OutsideFile(asked);
}

/** @param {string} path @returns {string | null} */
function existing(path) {
  try {
    return realpath(resolve(path));
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE' ? null : resolve(path);
  }
}

/**
 * The bundler's part of the guard. A new one for each build and each nested bundle of workers.
 *
 * @param {string} root folder of the job's files
 * @param {string} modules real path of its `node_modules`
 * @returns {import('vite').Plugin}
 */
export function guardPlugin(root, modules) {
  const plain = [root, modules].map((folder) => inside(folder));
  return {
    name: 'webgen-reward:guard',
    enforce: 'pre',
    load: {
      order: 'pre',
      filter: { id: { exclude: plain } },
      handler: (id) => check(id, root),
    },
  };
}

/**
 * Ids that need no look: below a folder, and nothing special about them.
 *
 * @param {string} folder
 * @returns {RegExp}
 */
function inside(folder) {
  const literal = folder.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return new RegExp(String.raw`^${literal}\/(?!.*\/\.\.\/)(?!.*${PREPROCESSED.source})`, 's');
}

/**
 * @param {string} id
 * @param {string} root
 * @returns {null}
 */
function check(id, root) {
  if (PREPROCESSED.test(id)) throw new Declined(`a style sheet needs its own compiler: ${id.replace(`${root}/`, '')}`);
  const path = id.replace(/^file:\/\//, '').replace(QUERY, '');
  if (!VIRTUAL.test(path)) admit(isAbsolute(path) ? path : resolve(root, path));
  return null;
}

/**
 * @param {Record<string, any>} functions
 * @param {string} name
 * @param {(error: unknown) => unknown} refuse how this kind of function fails
 */
function watch(functions, name, refuse) {
  const original = functions[name];
  if (typeof original !== 'function') return;
  functions[name] = function guarded(/** @type {any[]} */ ...args) {
    try {
      admit(args[0]);
    } catch (error) {
      return refuse(error);
    }
    return Reflect.apply(original, this, args);
  };
}

/** @param {unknown} error */
function raise(error) {
  throw error;
}

for (const name of READERS) {
  watch(fs, `${name}Sync`, raise);
  watch(fs, name, raise);
  watch(fs.promises, name, (error) => Promise.reject(error));
}
syncBuiltinESMExports();

const { _resolveFilename: resolveFilename } = /** @type {any} */ (Module);
// What is required is run, and nothing of the job's is run here.
/** @type {any} */ (Module)._resolveFilename = function found(/** @type {any[]} */ ...args) {
  const path = Reflect.apply(resolveFilename, this, args);
  if (job !== null && isAbsolute(path) && !OURS.some((root) => realpath(path).startsWith(root))) {
    throw new Declined(`the build would run a program of the dependency set: ${args[0]}`);
  }
  return path;
};
