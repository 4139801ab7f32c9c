import { posix } from 'node:path';

import { envFiles, parseEnv } from './env.mjs';
import { jsonRecord } from './json.mjs';
import { decline } from './types.mjs';

const MANIFEST = 'package.json';
const DECLARATIONS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** The job's files, and what its `package.json` says of them. */
export class Project {
  /**
   * @param {ReadonlyMap<string, string>} files
   * @param {string} root where they lie, absolute
   */
  constructor(files, root) {
    const text = files.get(MANIFEST) ?? decline('there is no package.json');
    this.files = files;
    this.root = root;
    /** @type {Record<string, any>} */
    this.manifest = manifest(text);
    this.esm = this.manifest.type === 'module';
    this.ranges = ranges(this.manifest);
    if (this.manifest.workspaces !== undefined) decline(`${MANIFEST}: workspaces`);
  }

  /** @param {string} name @returns {boolean} */
  declares(name) {
    return this.ranges.has(name);
  }

  /**
   * @param {string} name
   * @returns {number} the major of every version that the declared range allows
   */
  major(name) {
    const range = this.ranges.get(name) ?? decline(`${MANIFEST}: ${name} is not declared`);
    const [, major] = /^[~^]?v?(\d+)(?:\.|$)(?!.*(?:\|\||\s-\s|<))/.exec(range) ?? [];
    if (major === undefined) decline(`${MANIFEST}: which ${name} "${range}" means is not known`);
    return Number(major);
  }

  /**
   * @param {string} path of a file or folder, as the candidate writes it
   * @param {string} where for the message
   * @returns {string} absolute, below the root; a trailing slash is kept
   */
  inside(path, where) {
    const absolute = posix.resolve(this.root, path);
    if (absolute !== this.root && !absolute.startsWith(`${this.root}/`)) decline(`${where}: outside of the project`);
    return path.endsWith('/') ? `${absolute}/` : absolute;
  }

  /**
   * @param {string} folder relative to the root
   * @param {string} mode
   * @returns {Map<string, string>} variables of the environment files there
   */
  variables(folder, mode) {
    const found = this.environmentFiles(folder, mode);
    return new Map(found.flatMap((path) => parseEnv(path, this.files.get(path) ?? '')));
  }

  /** @param {string} folder @param {string} mode @returns {string[]} */
  environmentFiles(folder, mode) {
    return envFiles(mode)
      .map((name) => posix.join(folder, name))
      .filter((path) => this.files.has(path));
  }

  /** @param {readonly string[]} names @returns {string | undefined} the first that is a file of the job */
  first(names) {
    return names.find((name) => this.files.has(name));
  }
}

/** @param {string} text @returns {Record<string, any>} */
function manifest(text) {
  try {
    JSON.parse(text);
  } catch {
    decline(`${MANIFEST}: is not JSON`);
  }
  return jsonRecord(MANIFEST, text);
}

/** @param {Record<string, any>} declared @returns {Map<string, string>} name -> range, of the first kind that has it */
function ranges(declared) {
  const all = DECLARATIONS.flatMap((kind) => Object.entries(declared[kind] ?? {}).reverse());
  return new Map(all.filter(([, range]) => typeof range === 'string').reverse());
}
