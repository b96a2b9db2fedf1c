/** Words that the small tokenizer knows whole, besides those of the emoji captions: what prompts about faces and pictures say. */

const templates = [
  'a photo of a face with {x}',
  'An image of a face with {x}.',
  'a photo of a {x} face',
  'a close photo of the face of a person with {x} and {x}',
  'a portrait of a {x}, in {x} light, with {x}, on a {x} background',
  'A person is looking to the {x}.',
  'itap of a {x}.',
  'a bad photo of the {x}.',
  'a origami {x}.',
  'a photo of the large {x}.',
  'a {x} in a video game.',
  'art of the {x}.',
  'a photo of the small {x}.',
];

const faceWords = `
glasses; sunglasses; eyeglasses; spectacles; goggles; hat; a cap; helmet; beanie; hood; scarf; mask; headphones; earrings; necklace; headband;
beard; mustache; moustache; stubble; goatee; sideburns; makeup; lipstick; eyeliner; eyeshadow; blush; freckles; wrinkles; scar; mole;
blond hair; blonde hair; black hair; brown hair; gray hair; grey hair; red hair; white hair; dark hair; light hair; auburn hair; ginger hair;
bald; bald head; bangs; fringe; long hair; short hair; curly hair; straight hair; wavy hair; ponytail; braids; bun; receding hairline;
happy; sad; surprised; angry; neutral; afraid; disgusted; smiling; laughing; frowning; crying; yawning; talking; a happy expression; a sad expression;
open mouth; closed mouth; open eyes; closed eyes; raised eyebrows; bushy eyebrows; teeth; tongue; lips; cheeks; chin; forehead; nose; ears; eyelids;
pale skin; dark skin; tanned skin; light skin; fair skin; olive skin; oily skin; skin tone;
motion blur; noise; sensor noise; low resolution; high resolution; blurry; sharp; pixelated; grainy; compressed; out of focus; overexposed; underexposed;
bright; dark; dim; side light; light from the left; light from the right; light from above; backlight; shadow; shadows; sunlight; indoor; outdoor; darkness; night;
male; female; child; adult; baby; teenager; woman; man; boy; girl; young; old; elderly; person; people; human; head; face; eye; gaze; pose; identity;
a red background; a blue background; a green background; a yellow background; a white background; a black background; a gray background;
a colourful background; a colorful background; a plain background; a noisy background; a textured background; an indoor background; an outdoor background;
up; down; left; right; upper left; lower right; degrees; straight ahead; forward; sideways; tilted; turned; frontal; profile; close; far; near; occluded; partly covered
`;

const ordinaryWords = `
the a an of and or not no with without in on at to from by for as is are was were be been has have had do does did this that these those it its he she they
we you i his her their our my your one two three four five six seven eight nine ten many some few all any each every other another more most less least very
too so than then there here where when which who what how why because but if while after before between behind above below under over into onto out off near
next inside outside through across around along against about against during until since same different small large big little tall short long wide narrow
thin thick round square flat sharp soft hard hot cold warm cool wet dry clean dirty new old young good bad nice weird empty full open closed high low fast slow
red orange yellow green blue purple pink brown black white gray grey gold golden silver beige cyan magenta turquoise violet indigo maroon navy teal olive lime
dark light bright pale vivid colourful colorful striped dotted plain transparent shiny matte metal wooden plastic glass paper stone cloth leather
photo photograph picture image drawing painting sketch cartoon icon emoji sticker symbol sign logo art sculpture rendering doodle tattoo graffiti origami toy
video game frame scene background foreground close up crop cropped jpeg corrupted resolution hard see itap show shows shown showing looking facing wearing holding
standing sitting lying walking running jumping turning moving made kind type style shape colour color thing object animal plant food person place vehicle tool
number word letter music sound noise light day night morning evening sun moon sky water earth fire air tree house car road table chair door window
`;

/** Sentences and words, each a text to encode. */
export function ordinaryTexts(): string[] {
  const faces = faceWords
    .split(/[;\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const words = ordinaryWords.split(/\s+/).filter((word) => word !== '');
  return [...words, ...faces.flatMap((word) => templates.map((template) => template.replaceAll('{x}', word)))];
}
