"""A small tokenizer in the manner of CLIP's, as the `tokenizers` library trains and saves one: `make_tokenizer.py <tokenizer.json> <entries>`."""

import sys

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
MARKS = ["<|startoftext|>", "<|endoftext|>"]

path, entries = sys.argv[1], int(sys.argv[2])
made = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=MARKS[1]))
made.normalizer = normalizers.Sequence(
    [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
)
made.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(PATTERN), "removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
made.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=entries,
    special_tokens=MARKS,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    end_of_word_suffix="</w>",
    show_progress=False,
)
made.train_from_iterator(
    ["a red picture", "a green picture", "a blue picture", "a grey picture, isn't it?"] * 9, trainer
)
made.post_processor = processors.RobertaProcessing((MARKS[1], 1), (MARKS[0], 0), add_prefix_space=False)
made.save(path)
print(made.get_vocab_size())
