/** Pictures of one colour each with a row of JSON beside each, and an experiment that tells their colours. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const colours = ['red', 'green', 'blue', 'grey'] as const;
export type Colour = (typeof colours)[number];

export interface ColouredPicture {
  readonly background: { readonly r: number; readonly g: number; readonly b: number };
  /** What its row says besides the file. */
  readonly row: object;
}

/** Sixteen pictures `0.png`, …, of one colour after the other, and `pictures.jsonl`. */
export async function writeColouredPictures(
  folder: string,
  size: number,
  picture: (colour: Colour, at: number) => ColouredPicture,
): Promise<void> {
  const rows = Array.from({ length: 16 }, async (_, at) => {
    const { background, row } = picture(colours[at % colours.length] ?? 'red', at);
    const file = `${at}.png`;
    await sharp({ create: { width: size, height: size, channels: 3, background } })
      .png()
      .toFile(join(folder, file));
    return `${JSON.stringify({ picture: file, ...row })}\n`;
  });
  writeFileSync(join(folder, 'pictures.jsonl'), (await Promise.all(rows)).join(''));
}

/** Declarations of pictures of 32 pixels and of their colours, a linear layer behind an encoder, and `said` of each colour. */
export const wordsBesidePictures = (title: string, encoder: string, said: string, train: string): string => `clipx 1

experiment words "${title}"

use "library/losses.clipx" { cross_entropy, accuracy }

input picture : image(32)
input colour  : class(colour)

data shown       = jsonl("pictures.jsonl") { picture: "picture"  colour: "colour" }
data train, seen = split(shown, 50 % / 50 %)

vocabulary colour = ["red", "green", "blue", "grey"]
prompt named over colour = "${said}"

frozen    encoder clip = ${encoder}
trainable module  head = linear(clip.joint -> clip.joint)

let s = 10 * cos(head(clip.image(picture)), clip.text(named))

loss L = cross_entropy(s, colour, over: colour)
minimize L

train on train { ${train} }
evaluate on seen { metric right = accuracy(s, colour, over: colour) in % }
`;
