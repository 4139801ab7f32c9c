/**
 * Reads projects, given in a JSON file as an object of files each, with the builder's `readPlan`; writes what it made of
 * them as JSON. A regular expression is written as `{"regex": "/source/flags"}`.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { readPlan } = await import(pathToFileURL(process.argv[2]).href);
const projects = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const readings = projects.map((/** @type {Record<string, string>} */ files) => readPlan(new Map(Object.entries(files))));
const polluted = Object.keys(Object.prototype).length > 0 || 'touched' in globalThis;
const written = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
  value instanceof RegExp ? { regex: String(value) } : value;
process.stdout.write(JSON.stringify({ readings, polluted }, written));
