/** Characters that reorder the text around them when it is shown: embeddings, overrides, isolates, marks. */
export const bidirectionalCharacter = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** Invisible characters that are no blanks: C0 without tab and line breaks, DEL, C1, and the two Unicode line ends. */
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const controlCharacter = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029]/u;

/** What no place of a file may hold, strings and comments included. */
export const forbiddenCharacter = new RegExp(`${bidirectionalCharacter.source}|${controlCharacter.source}`, 'u');
