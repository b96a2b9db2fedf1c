import type { CommandContext } from './context.ts';
import { hubWords, type HubName } from '../compiler/types/hub-name.ts';
import { CommandError } from './failure.ts';

/** Fetches one model of the hub into the cache of Hugging Face, with a bar. */
export type FetchModel = (name: HubName) => Promise<void>;

/** Undefined without `--allow-network`: then nothing is ever fetched. */
export function modelFetcher(context: CommandContext): FetchModel | undefined {
  if (!context.network) return undefined;
  return async (name) => {
    const { variables } = context.environment;
    if (/^(?:1|true|yes|on)$/i.test(variables['HF_HUB_OFFLINE'] ?? ''))
      throw new CommandError('user', `\`${hubWords(name)}\` is not fetched: HF_HUB_OFFLINE is set`, 'unset it, or leave --allow-network out'); // prettier-ignore
    const [{ downloadModel }, { hubCache }, { hubOf }, { openInstallView }] = await Promise.all([
      import('../runtime/hub/download-model.ts'),
      import('../runtime/hub/hub-cache.ts'),
      import('../runtime/hub/hub-request.ts'),
      import('./install-progress.ts'),
    ]);
    const view = await openInstallView(context);
    try {
      const show = (progress: { readonly task: string; readonly done: number; readonly total: number }): void =>
        view.show({ ...progress, unit: 'bytes' });
      await downloadModel(hubOf(variables), hubCache(variables), name, show);
    } finally {
      view.close();
    }
  };
}
