import { Declined, ROOT } from './types.mjs';

/**
 * Read a project's configuration as data. Nothing of the candidate is executed.
 *
 * @param {ReadonlyMap<string, string>} _files the job's text files by path
 * @param {string} [_root] where the files lie
 * @returns {import('./types.mjs').Reading}
 */
export function readPlan(_files, _root = ROOT) {
  try {
    throw new Declined('configuration is not read yet');
  } catch (error) {
    if (error instanceof Declined) return { declined: error.message };
    throw error;
  }
}
