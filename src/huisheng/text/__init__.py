"""The front-end: from any Chinese text, English inside it, to annotated sentences.

A text is cut into units (`sentence`), each unit is written out in words (`normalization`), the words are
found (`segmentation`), read (`pronunciation`) and grouped (`prosody`). `frontend` composes them;
`symbols` turns the result into what one acoustic model understands.
"""
