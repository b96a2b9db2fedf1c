/** What each engine is made of. Digests were computed from the files of the registries and tested as they are. */
import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import { engineVersions, type EngineName } from '../backends/engine-folder.ts';
import { checkOnnxRuntime, checkTensorflow } from './check-programs.ts';
import type { Download, EngineRecipe } from './recipe.ts';

/** The recipe of an engine for this system. Throws BackendError `platform-unsupported`. */
export function recipeOf(engine: EngineName): EngineRecipe {
  switch (engine) {
    case 'onnxruntime':
      return onnxruntimeRecipe();
    case 'tfjs':
      return tensorflowRecipe(engine, '@tensorflow/tfjs-node', [tfjsTarball, tensorflowForCpu]);
    case 'tfjs-gpu':
      return tensorflowRecipe(engine, '@tensorflow/tfjs-node-gpu', [tfjsGpuTarball, tensorflowForGpu, ...cuda]);
  }
}

/** Folders in the package of onnxruntime-node 1.30.0. There is no build for Macs with Intel processors. */
const onnxruntimeSystems: readonly string[] = ['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64', 'win32/arm64'];

function onnxruntimeRecipe(): EngineRecipe {
  const system = `${process.platform}/${process.arch}`;
  if (!onnxruntimeSystems.includes(system)) {
    throw new BackendError(
      'platform-unsupported',
      'world',
      `onnxruntime ${engineVersions.onnxruntime} has no native build for ${process.platform} ${process.arch}`,
      { help: 'The WebAssembly engine needs no installation and runs here.' },
    );
  }
  const home = 'node_modules/onnxruntime-node';
  return {
    engine: 'onnxruntime',
    package: { name: 'onnxruntime-node', version: engineVersions.onnxruntime },
    library: 'onnxruntime',
    downloads: [
      {
        kind: 'tarball',
        file: 'onnxruntime-node-1.30.0.tgz',
        request: 'onnxruntime-node@1.30.0',
        bytes: 113_507_888,
        sha256: '6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75',
        // 291 MB become 46: the builds for other systems stay out, and so do the scripts and what only they import.
        place: (member) =>
          /^package\/(package\.json|README\.md|dist\/.*\.js)$/.test(member) ||
          member.startsWith(`package/bin/napi-v6/${system}/`)
            ? `${home}/${member.slice('package/'.length)}`
            : undefined,
      },
      {
        kind: 'tarball',
        file: 'onnxruntime-common-1.30.0.tgz',
        request: 'onnxruntime-common@1.30.0',
        bytes: 66_795,
        sha256: '7906c439e0d3e0f4048caa23b64cdfadc0f455c377f579ce1ab2a4b778f07d5f',
        place: (member) =>
          /^package\/(package\.json|README\.md|dist\/cjs\/.*\.(js|json))$/.test(member)
            ? `node_modules/onnxruntime-common/${member.slice('package/'.length)}`
            : undefined,
      },
    ],
    unpackedBytes: 60e6,
    links: {},
    leftovers: [],
    check: checkOnnxRuntime,
    wantsGpu: false,
  };
}

/**
 * `@tensorflow/tfjs-node` fetches its native half by a script of its own, an old one from a host that many networks block. Both halves
 * are had from registries instead: libtensorflow from the Python wheel, the addon compiled from the package's sources. They call
 * Node-API and nothing else of Node, so headers from npm do, and one addon serves every Node from 20 on.
 */
function tensorflowRecipe(
  engine: 'tfjs' | 'tfjs-gpu',
  name: string,
  [tarball, ...wheels]: readonly [(home: string) => Download, ...((home: string) => Download)[]],
): EngineRecipe {
  refuseOtherSystems(engine);
  const home = `node_modules/${name}`;
  const isGpu = engine === 'tfjs-gpu';
  return {
    engine,
    package: { name, version: engineVersions[engine] },
    library: 'libtensorflow',
    downloads: [tarball(home), nodeHeaders, ...wheels.map((wheel) => wheel(home))],
    unpackedBytes: isGpu ? 3535e6 : 625e6,
    links: {
      // The linker's names.
      [`${home}/deps/lib/libtensorflow.so`]: 'libtensorflow_cc.so.2',
      [`${home}/deps/lib/libtensorflow_framework.so`]: 'libtensorflow_framework.so.2',
    },
    build: {
      sources: [`${home}/binding/tfjs_backend.cc`, `${home}/binding/tfjs_binding.cc`],
      includes: ['headers', `${home}/deps/include`, home],
      // As binding.gyp has it.
      defines: ['NAPI_VERSION=8', 'BUILDING_NODE_EXTENSION'],
      libraryFolder: `${home}/deps/lib`,
      libraries: ['tensorflow', 'tensorflow_framework'],
      runPath: '$ORIGIN/../../deps/lib',
      output: `${home}/lib/napi-v8/tfjs_binding.node`,
    },
    leftovers: ['headers', `${home}/deps/include`],
    check: checkTensorflow(`./${home}/lib/napi-v8/tfjs_binding.node`),
    wantsGpu: isGpu,
  };
}

function refuseOtherSystems(engine: 'tfjs' | 'tfjs-gpu'): void {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  const isGlibc = report.header?.glibcVersionRuntime !== undefined;
  if (process.platform === 'linux' && process.arch === 'x64' && isGlibc) return;
  const system = `${process.platform} ${process.arch}${process.platform === 'linux' && !isGlibc ? ' without glibc' : ''}`;
  throw new BackendError(
    'platform-unsupported',
    'world',
    `${engine} is put together for linux x64 with glibc only; this is ${system}`,
    {
      help: `Where \`npm install @tensorflow/tfjs-node${engine === 'tfjs' ? '' : '-gpu'}\` works in the project, clipx uses that installation; else \`clipx engine install onnxruntime\`.`,
    },
  );
}

/** `package.json` and the sources of the addon: its JavaScript and the 100 packages under it are not used. */
function tfjsSources(home: string): Download['place'] {
  return (member) =>
    /^package\/(package\.json|README\.md|binding\/[^/]+)$/.test(member)
      ? `${home}/${member.slice('package/'.length)}`
      : undefined;
}

const tfjsTarball = (home: string): Download => ({
  kind: 'tarball',
  file: 'tensorflow-tfjs-node-4.22.0.tgz',
  request: '@tensorflow/tfjs-node@4.22.0',
  bytes: 228_166,
  sha256: 'd38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358',
  place: tfjsSources(home),
});

const tfjsGpuTarball = (home: string): Download => ({
  kind: 'tarball',
  file: 'tensorflow-tfjs-node-gpu-4.22.0.tgz',
  request: '@tensorflow/tfjs-node-gpu@4.22.0',
  bytes: 223_379,
  sha256: 'afd5599ee1662e732c00a0ad1f52a3d001bdc118a1f44bd592a0a0ebf2daa4c7',
  place: tfjsSources(home),
});

const nodeHeaders: Download = {
  kind: 'tarball',
  file: 'node-api-headers-1.9.0.tgz',
  request: 'node-api-headers@1.9.0',
  bytes: 16_974,
  sha256: '6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19',
  place: (member) => {
    const [, header] = /^package\/include\/([^/]+\.h)$/.exec(member) ?? [];
    return header === undefined ? undefined : `headers/${header}`;
  },
};

/** Of wheels of 12,000 members: two libraries, the headers of the C API, the licences. */
function tensorflowParts(home: string): Download['place'] {
  return (member) => {
    const [, library] = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(member) ?? [];
    if (library !== undefined) return `${home}/deps/lib/${library}`;
    const [, header] =
      /^tensorflow\/include\/((?:tensorflow\/c|tensorflow\/core\/platform|tsl\/c|tsl\/platform)\/.*\.h)$/.exec(
        member,
      ) ?? [];
    if (header !== undefined) return `${home}/deps/include/${header}`;
    const [, licence] = /^tensorflow[^/]*\/(LICENSE|THIRD_PARTY_NOTICES\.txt)$/.exec(member) ?? [];
    return licence === undefined ? undefined : `${home}/deps/${licence}`;
  };
}

const tensorflowForCpu = (home: string): Download => ({
  kind: 'wheel',
  file: 'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  request: 'tensorflow-cpu==2.15.1',
  bytes: 207_208_420,
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  place: tensorflowParts(home),
});

const tensorflowForGpu = (home: string): Download => ({
  kind: 'wheel',
  file: 'tensorflow-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  request: 'tensorflow==2.15.1',
  bytes: 475_258_663,
  sha256: 'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
  place: tensorflowParts(home),
});

/**
 * The versions that the `and-cuda` extra of tensorflow 2.15.1 pins, without the three that no library here asks for: nccl (many GPUs),
 * curand, cupti (profiling). libtensorflow's RUNPATH has `$ORIGIN/../nvidia/<part>/lib`, and finds ptxas and libdevice in `cuda_nvcc`.
 */
const cuda: readonly ((home: string) => Download)[] = (
  [
    ['cublas', '12.2.5.6', 417_825_305, 'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0'],
    ['cuda_nvcc', '12.2.140', 21_319_729, 'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27'],
    ['cuda_nvrtc', '12.2.140', 23_430_053, 'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7'],
    ['cuda_runtime', '12.2.140', 845_802, 'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41'],
    ['cudnn', '8.9.4.25', 720_096_787, '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723'],
    ['cufft', '11.0.8.103', 98_570_970, '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67'],
    ['cusolver', '11.5.2.141', 124_890_758, '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da'],
    ['cusparse', '12.1.2.141', 195_268_625, '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126'],
    ['nvjitlink', '12.2.140', 20_177_273, '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9'],
  ] as const
).map(([part, version, bytes, sha256]) => (home) => ({
  kind: 'wheel',
  file: `nvidia_${part}_cu12-${version}-py3-none-manylinux1_x86_64.whl`,
  request: `nvidia-${part.replaceAll('_', '-')}-cu12==${version}`,
  bytes,
  sha256,
  place: (member) => {
    const [, used] =
      /^nvidia\/([^/]+\/(?:lib\/[^/]+\.so[.\d]*|bin\/ptxas|nvvm\/libdevice\/[^/]+\.bc))$/.exec(member) ?? [];
    // The solver for several GPUs at once, 83 MB.
    if (used !== undefined) return used.includes('libcusolverMg') ? undefined : `${home}/deps/nvidia/${used}`;
    return member.endsWith('.dist-info/License.txt') ? `${home}/deps/nvidia/${part}/License.txt` : undefined;
  },
}));
