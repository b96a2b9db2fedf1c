/** What may stand as the image tower of a `clip`. */
export const imageTowers = ['vit', 'modified_resnet', 'residual', 'resnet18', 'resnet34', 'resnet50'] as const;

export const textTowers = ['text_transformer'] as const;
