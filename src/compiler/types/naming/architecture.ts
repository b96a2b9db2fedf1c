import type { EncoderConfig, ImageTowerConfig } from '../model-config.ts';

/** An encoder in the words of its papers: `CLIP: ViT-B/32 (224 px) and a text transformer of 12 blocks, width 512; joint 512`. */
export function architectureOf(config: EncoderConfig): string {
  switch (config.kind) {
    case 'clip':
      return `CLIP: ${tower(config.image)}, and a text transformer of ${config.text.layers} blocks, width ${config.text.width}; joint ${config.joint}`;
    case 'text_transformer':
      return `a text transformer of ${config.layers} blocks, width ${config.width}`;
    case 'bert':
      return `BERT of ${config.layers} blocks, width ${config.width}`;
    case 'ast':
      return `AST of ${config.layers} blocks, width ${config.width}, ${config.mels} bands by ${config.frames} frames`;
    default:
      return tower(config);
  }
}

const letters: Readonly<Record<string, string>> = { '192,12': 'Ti', '384,12': 'S', '768,12': 'B', '1024,24': 'L', '1280,32': 'H' }; // prettier-ignore

function tower(config: ImageTowerConfig): string {
  switch (config.kind) {
    case 'vit': {
      const letter = letters[`${config.width},${config.layers}`];
      const size = letter === undefined ? `ViT of ${config.layers} blocks, width ${config.width}, patches of ${config.patch} px` : `ViT-${letter}/${config.patch}`; // prettier-ignore
      return `${size} (${config.size} px)`;
    }
    case 'modified_resnet': {
      const isRn50 = config.width === 64 && config.blocks.join() === '3,4,6,3';
      return isRn50 ? `RN50 (${config.size} px)` : `CLIP's ResNet with ${config.blocks.join(', ')} blocks, width ${config.width} (${config.size} px)`; // prettier-ignore
    }
    case 'resnet':
      return `ResNet-${config.depth}${config.width === 64 ? '' : `, width ${config.width}`}`;
    case 'residual':
      return `a residual tower of ${config.blocks.length} blocks (${config.size} px)`;
  }
}
