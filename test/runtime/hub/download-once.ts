/** Fetches one model in a process of its own: `tsx download-once.ts CACHE ORG/NAME`, the hub from HF_ENDPOINT. */
import process from 'node:process';
import { downloadModel } from '../../../src/runtime/hub/download-model.ts';
import { hubOf } from '../../../src/runtime/hub/hub-request.ts';

const [cache = '', repository = ''] = process.argv.slice(2);
const folder = await downloadModel(hubOf(process.env), cache, { repository, revision: 'main' });
process.stdout.write(`${folder}\n`);
