import { describeLink, type JudgedClaim, type JudgedLink, type Verdict } from './judge-claim.ts';

/** Claims for a terminal: the verdict, what was claimed, and the numbers that decide. */
export function renderClaims(claims: readonly JudgedClaim[]): string {
  return claims
    .map(({ verdict, claim, links }) => {
      const several = links.length > 1;
      const lines = links.map((link) => `        ${several ? `${link.verdict}: ` : ''}${linkWords(link)}`);
      return `${verdict.padEnd(6)}  ${claim}\n${lines.join('\n')}\n`;
    })
    .join('');
}

/** How many hold, fail and are unsure: `2 hold, 1 unsure`. */
export function countVerdicts(claims: readonly JudgedClaim[]): string {
  const words: Readonly<Record<Verdict, readonly [string, string]>> = { holds: ['holds', 'hold'], fails: ['fails', 'fail'], unsure: ['is unsure', 'are unsure'] }; // prettier-ignore
  return (['holds', 'fails', 'unsure'] as const)
    .map((verdict) => [verdict, claims.filter((it) => it.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${words[verdict][count === 1 ? 0 : 1]}`)
    .join(', ');
}

/** Digits that the standard error supports: two of it decide how many of the others are worth printing. */
export function linkWords(link: JudgedLink): string {
  const { standardError = 0, difference = 0, leftMean = 0 } = link;
  const reference = standardError > 0 ? standardError / 10 : Math.abs(difference === 0 ? leftMean : difference) / 1000;
  const decimals = reference === 0 ? 2 : Math.min(6, Math.max(0, -Math.floor(Math.log10(reference))));
  return describeLink(link, (value) => value.toFixed(decimals));
}
