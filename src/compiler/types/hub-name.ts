/** A model of Hugging Face as an experiment names it: `hf:org/name`, `hf:org/name@revision`. */
export interface HubName {
  /** `org/name` */
  readonly repository: string;
  /** A branch, a tag or a commit; `main` where none is said. */
  readonly revision: string;
}

export interface HubPath extends HubName {
  /** What follows the name: a file of the model, or empty. */
  readonly file: string;
}

const pattern = /^hf:([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([\w.%-]+))?(?:\/(.+))?$/;

export const isHubPath = (path: string): boolean => path.startsWith('hf:');

/** Undefined where the name is none: two parts of letters, digits, `-`, `_` and `.`, then perhaps `@` and a revision (`refs%2Fpr%2F1`). */
export function hubPath(path: string): HubPath | undefined {
  const [, repository, revision = 'main', file = ''] = pattern.exec(path) ?? [];
  if (repository === undefined || /\.\.|--|\.git$/.test(repository) || file.split('/').includes('..')) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(revision);
  } catch {
    return undefined;
  }
  return decoded.split('/').some((part) => part === '' || part === '..')
    ? undefined
    : { repository, revision: decoded, file };
}

/** As an experiment writes it. */
export const hubWords = ({ repository, revision }: HubName): string =>
  `hf:${repository}${revision === 'main' ? '' : `@${encodeURIComponent(revision)}`}`;
