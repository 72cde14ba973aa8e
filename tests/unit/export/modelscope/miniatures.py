"""Small models on disk, shaped as ModelScope and KAN-TTS wrote them in each era, with random weights.

Everything that a real directory holds is here: settings with the keys that training leaves in them,
checkpoints with an optimiser and discriminators, a model card, the closed front end's archive. Only the
networks are small.
"""

from __future__ import annotations

import json
import pickle
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import torch
import yaml
from tests.parity.weights import draw_state_dict
from torch import Tensor

from huisheng.acoustic.config import AcousticConfig, VocabularySizes, acoustic_config
from huisheng.acoustic.model import SamBert
from huisheng.text.symbols.sambert import Inventory, inventory
from huisheng.vocoder.config import VocoderConfig, vocoder_config
from huisheng.vocoder.generator import Generator

Era: TypeAlias = Literal["tensorflow", "2022", "2022-12", "2023", "custom", "zip", "basemodel", "training"]
State: TypeAlias = dict[str, Tensor]

ACOUSTIC: Final[Mapping[str, Any]] = {
    "max_len": 80,
    "embedding_dim": 32,
    "encoder_num_layers": 2,
    "encoder_num_heads": 2,
    "encoder_num_units": 16,
    "encoder_ffn_inner_dim": 24,
    "encoder_dropout": 0.1,
    "encoder_attention_dropout": 0.1,
    "encoder_relu_dropout": 0.1,
    "encoder_projection_units": 8,
    "speaker_units": 6,
    "emotion_units": 4,
    "predictor_filter_size": 5,
    "predictor_fsmn_num_layers": 2,
    "predictor_num_memory_units": 12,
    "predictor_ffn_inner_dim": 20,
    "predictor_dropout": 0.1,
    "predictor_shift": 0,
    "predictor_lstm_units": 7,
    "dur_pred_prenet_units": [8, 9],
    "dur_pred_lstm_units": 10,
    "decoder_prenet_units": [14, 15],
    "decoder_num_layers": 2,
    "decoder_num_heads": 2,
    "decoder_num_units": 16,
    "decoder_ffn_inner_dim": 24,
    "decoder_dropout": 0.1,
    "decoder_attention_dropout": 0.1,
    "decoder_relu_dropout": 0.1,
    "outputs_per_step": 3,
    "num_mels": 8,
    "postnet_filter_size": 9,
    "postnet_fsmn_num_layers": 2,
    "postnet_num_memory_units": 18,
    "postnet_ffn_inner_dim": 22,
    "postnet_dropout": 0.1,
    "postnet_shift": 3,
    "postnet_lstm_units": 11,
    "MAS": False,
}
"""`Model.KanTtsSAMBERT.params`."""

VOCODER: Final[Mapping[str, Any]] = {
    "in_channels": 8,
    "out_channels": 1,
    "channels": 32,
    "kernel_size": 7,
    "upsample_scales": [10, 5, 2, 2],
    "upsample_kernal_sizes": [20, 11, 4, 4],
    "resblock_kernel_sizes": [3, 7],
    "resblock_dilations": [[1, 3], [1, 3]],
    "bias": True,
    "causal": True,
    "nonlinear_activation": "LeakyReLU",
    "nonlinear_activation_params": {"negative_slope": 0.1},
    "use_weight_norm": True,
}
"""`Model.Generator.params`."""

_RATES: Final[Mapping[int, tuple[list[int], list[int]]]] = {
    8_000: ([5, 5, 2, 2], [11, 11, 4, 4]),
    16_000: ([10, 5, 2, 2], [20, 11, 4, 4]),
    24_000: ([8, 5, 3, 2], [16, 11, 7, 4]),
}
"""Hz → scales and kernels; odd scales with odd kernels suit causal and non-causal networks."""

F0: Final = (212.5, 48.25)
"""Hz, mean and deviation of the voices with NSF."""

CARD: Final = """---
tasks:
- text-to-speech
license: Apache License 2.0
domain:
- audio
---

# SAM-BERT 语音合成

一个小模型。
"""


@dataclass(frozen=True)
class Miniature:
    """What a voice is made of.

    Attributes:
        language: by the model's own name.
        speakers: as in `speaker_list`.
        has_mask: whether tables hold a row for what training hid.
        source: whether it predicts F0 for a source-filter vocoder (NSF).
        norm: of F0, with `source`.
        vector: whether its speaker is a vector (SE).
        reads_bytes: whether it reads bytes instead of phones.
        aligns: whether it learned durations by itself (MAS).
        fills_pauses: whether it inserts filled pauses (FP).
        sample_rate: Hz.
        steps: of the acoustic checkpoint.
        separator: between `checkpoint` and the steps.
    """

    language: str = "PinYin"
    speakers: tuple[str, ...] = ("F7",)
    has_mask: bool = True
    source: bool = False
    norm: Literal["mean_std", "global"] = "mean_std"
    vector: bool = False
    reads_bytes: bool = False
    aligns: bool = False
    fills_pauses: bool = False
    sample_rate: int = 16_000
    steps: int = 1_100
    separator: str = "_"

    @property
    def inventory(self) -> Inventory:
        """The inventory of the language; of 2022 in an order of its own, since each voice then had one."""
        return inventory(self.language, has_mask=self.has_mask)

    @property
    def vocabulary(self) -> VocabularySizes:
        special = 2 + self.has_mask
        phones, tones, flags, segments, emotions = self.inventory.sizes
        speakers = 0 if self.vector else len(self.speakers) + special
        if self.reads_bytes:
            return VocabularySizes(0, 0, 0, 0, emotions, speakers, 256 + special)
        return VocabularySizes(phones, tones, flags, segments, emotions, speakers)

    @property
    def acoustic_params(self) -> dict[str, Any]:
        params = dict(ACOUSTIC)
        if self.source:
            params |= {"NSF": True, "num_mels": params["num_mels"] + 2, "nsf_norm_type": self.norm}
        if self.vector:
            params |= {"SE": True, "speaker_units": 192}
        if self.reads_bytes:
            params |= {"using_byte": True}
        return params | {"MAS": self.aligns, "FP": self.fills_pauses}

    @property
    def vocoder_params(self) -> dict[str, Any]:
        scales, kernels = _RATES[self.sample_rate]
        params = dict(VOCODER) | {"upsample_scales": scales, "upsample_kernal_sizes": kernels}
        if self.source:
            nsf = {"nb_harmonics": 7, "sampling_rate": self.sample_rate}
            params |= {"causal": False, "nsf_params": nsf}
        return params

    @property
    def acoustic(self) -> AcousticConfig:
        return acoustic_config(self.acoustic_params, self.vocabulary)

    @property
    def vocoder(self) -> VocoderConfig:
        return vocoder_config(self.vocoder_params, self.sample_rate)

    @property
    def audio(self) -> dict[str, Any]:
        hop = self.vocoder.hop
        return {
            "wav_normalize": True,
            "trim_silence": True,
            "sampling_rate": self.sample_rate,
            "hop_length": hop,
            "win_length": 5 * hop,
            "n_fft": 2048,
            "n_mels": VOCODER["in_channels"],
            "fmin": 0.0,
            "fmax": self.sample_rate / 2,
            "norm_type": "mean_std",
        }


DEFAULT: Final = Miniature()


def make_modelscope(
    folder: Path, era: Era = "2023", voices: tuple[str, ...] = ("zhitian_emo",), mini: Miniature = DEFAULT
) -> Path:
    """A model as it would lie on a user's disk.

    Args:
        folder: to make it in; made when it is not there.
        era: of the layout.
        voices: names, where the layout has any.
        mini: what each voice is.

    Returns:
        What a user would import: the folder, or with "zip" the archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _MAKERS[era](folder, voices, mini)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return _zip_beside(folder) if era == "zip" else folder


@cache
def acoustic_state(mini: Miniature) -> State:
    """The state of the acoustic model, its computed tables among them."""
    state = SamBert(mini.acoustic).state_dict()
    tables = {key: value for key, value in state.items() if key.endswith(("position_enc", "inv_timescales"))}
    return draw_state_dict({key: tuple(value.shape) for key, value in state.items()}, tables)


@cache
def vocoder_state(mini: Miniature) -> State:
    """The state of the generator, with weight norm."""
    state = Generator(mini.vocoder).state_dict()
    return draw_state_dict({key: tuple(value.shape) for key, value in state.items()}, {})


def with_names_of_2022(state: State) -> State:
    """A generator's state dict with the keys that it had then."""
    return {
        key.replace("transpose_upsamples.", "ups.").replace(".1.deconv.", ".deconv.")
        if key.startswith("transpose_upsamples.")
        else key.replace("repeat_upsamples.", "repeat_ups.").replace("conv_blocks.", "resblocks."): value
        for key, value in state.items()
    }


def training_state(state: State, steps: int) -> dict[str, Any]:
    """What a trainer saves around a state dict: Adam's moments, and a schedule."""
    moments = {number: {"exp_avg": value, "step": steps} for number, value in enumerate(state.values())}
    return {
        "model": state,
        "optimizer": {"state": moments, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.98)}]},
        "scheduler": {"last_epoch": steps, "base_lrs": [1e-3]},
        "steps": steps,
    }


def adversarial(state: State, steps: int) -> dict[str, Any]:
    """What the trainer of a vocoder saves: the discriminators are most of it."""
    judge = {"discriminators.0.convs.0.weight": torch.ones(8, 1, 15)}
    content = training_state(state, steps)
    content["model"] = {
        "generator": state,
        "discriminator": {"MultiScaleDiscriminator": judge, "MultiPeriodDiscriminator": judge},
    }
    return content


def write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    """Write YAML as the training scripts do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(dict(content), Dumper=yaml.Dumper, default_flow_style=None)
    path.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=4, ensure_ascii=False), encoding="utf-8")


def save(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)


def acoustic_document(mini: Miniature) -> dict[str, Any]:
    """`am/config.yaml`."""
    features = "byte_index" if mini.reads_bytes else "sy,tone,syllable_flag,word_segment"
    return {
        "model_type": "sambert",
        "Model": {
            "KanTtsSAMBERT": {
                "params": mini.acoustic_params,
                "optimizer": {"type": "Adam", "params": {"lr": 0.001, "betas": (0.9, 0.98)}},
            }
        },
        "linguistic_unit": {
            "cleaners": "english_cleaners",
            "lfeat_type_list": f"{features},emo_category,speaker_category",
            "speaker_list": ",".join(mini.speakers),
            "language": mini.language,
        },
        "audio_config": mini.audio,
        "batch_size": 32,
        "create_time": "2023-03-09 12:00:00",
    }


def vocoder_document(mini: Miniature) -> dict[str, Any]:
    """`voc/config.yaml`."""
    return {
        "model_type": "hifigan",
        "Model": {
            "Generator": {"params": mini.vocoder_params},
            "MultiScaleDiscriminator": {"params": {"scales": 3}},
        },
        "audio_config": mini.audio,
        "batch_size": 16,
    }


def _make_current(folder: Path, voices: tuple[str, ...], mini: Miniature) -> None:
    _write_configuration(folder, {"sample_rate": mini.sample_rate, "am": _mask_of(mini)})
    write_json(folder / "voices" / "voices.json", {"voices": list(voices)})
    for name in voices:
        home = folder / "voices" / name
        _write_stages(home / "am", home / "voc", mini)
        write_yaml(home / "audio_config.yaml", {"audio_config": mini.audio})
        (home / "se" / "ckpt").mkdir(parents=True)
        (home / "se" / "ckpt" / "se.onnx").write_bytes(b"\x08\x07")


def _make_with_dictionaries(folder: Path, voices: tuple[str, ...], mini: Miniature) -> None:
    """A model as in December 2022, when each voice brought the tables of the front end."""
    _make_current(folder, voices, mini)
    for name in voices:
        _write_dictionary(folder / "voices" / name / "dict" / mini.language, mini.inventory)


def _make_2022(folder: Path, voices: tuple[str, ...], mini: Miniature) -> None:
    shared = {
        "am": {
            "am": mini.acoustic_params,
            "seed": 1234,
            "linguistic_unit": {
                "cleaners": "english_cleaners",
                "lfeat_type_list": "sy,tone,syllable_flag,word_segment,emo_category,speaker_category",
                **_INVENTORIES,
                "has_mask": mini.has_mask,
            },
        },
        "vocoder": _vocoder_of_2022(mini),
        "lang_type": mini.language.lower(),
    }
    _write_configuration(folder, shared)
    write_json(folder / "voices" / "voices.json", {"voices": list(voices)})
    for name in voices:
        home = folder / "voices" / name
        _write_inventories(home, mini)
        save(home / "am" / "pytorch_model.bin", {"fsnet": acoustic_state(mini), "steps": mini.steps})
        save(home / "vocoder" / "pytorch_model.bin", {"generator": with_names_of_2022(vocoder_state(mini))})
    _pack_voices(folder)


def _make_tensorflow(folder: Path, voices: tuple[str, ...], mini: Miniature) -> None:
    _write_configuration(folder, {"am": {}, "vocoder": _vocoder_of_2022(mini), "lang_type": "pinyin"})
    write_json(folder / "voices" / "voices.json", {"voices": list(voices)})
    for name in voices:
        graph = folder / "voices" / name / "tf_ckpts"
        graph.mkdir(parents=True)
        for suffix in ("index", "meta", "data-00000-of-00001"):
            (graph / f"ckpt.{suffix}").write_bytes(b"\0" * 16)
    _pack_voices(folder)


def _make_custom(folder: Path, voices: tuple[str, ...], mini: Miniature) -> None:
    _write_stages(folder / "tmp_am", folder / "tmp_voc", mini)
    custom = {
        "voice_name": voices[0],
        "am_ckpt": "tmp_am/ckpt",
        "voc_ckpt": "tmp_voc/ckpt",
        "am_config": "tmp_am/config.yaml",
        "voc_config": "tmp_voc/config.yaml",
        "audio_config": "audio_config.yaml",
        "se_file": "tmp_am/se.npy",
        "mvn_file": "tmp_am/mvn.npy",
    }
    write_yaml(folder / "audio_config.yaml", {"audio_config": mini.audio})
    _write_configuration(folder, {"sample_rate": mini.sample_rate, "custom_ckpt": custom})


def _make_base(folder: Path, _: tuple[str, ...], mini: Miniature) -> None:
    base = folder / "basemodel_16k"
    _write_stages(base / "sambert", base / "hifigan", mini)
    save(base / "speaker_embedding" / "se.model", {"head.conv1.weight": torch.ones(2, 2)})
    write_yaml(base / "audio_config.yaml", {"audio_config": mini.audio})
    _write_configuration(folder, {})


def _make_training(folder: Path, _: tuple[str, ...], mini: Miniature) -> None:
    """A model as the training scripts leave it: two stages, and the features that they were trained on."""
    stages = (folder / "sambert_16k_ckpt", folder / "hifigan_16k_ckpt")
    _write_stages(*stages, mini)
    (stages[0] / "mvn.npy").unlink(missing_ok=True)
    features = folder / "feats" / "f0"
    features.mkdir(parents=True)
    for name, value in zip(("mean", "std"), F0, strict=True):
        (features / f"f0_{name}.txt").write_text(f"{value:.6f}\n", encoding="utf-8")
    (stages[0] / "stdout.log").write_text("steps: 20\n", encoding="utf-8")


_MAKERS: Final = {
    "tensorflow": _make_tensorflow,
    "2022": _make_2022,
    "2022-12": _make_with_dictionaries,
    "2023": _make_current,
    "custom": _make_custom,
    "zip": _make_current,
    "basemodel": _make_base,
    "training": _make_training,
}

_INVENTORIES: Final = {
    "sy": "sy_dict.txt",
    "tone": "tone_dict.txt",
    "syllable_flag": "syllable_flag_dict.txt",
    "word_segment": "word_segment_dict.txt",
    "emo_category": "emo_category_dict.txt",
    "speaker_category": "speaker_dict.txt",
}


def own_inventory(mini: Miniature) -> Inventory:
    """The inventory of a voice of 2022: the language's, backwards, so that it cannot be mistaken for ours."""
    known = mini.inventory
    return replace(
        known,
        phones=known.phones[::-1],
        tones=known.tones[::-1],
        syllable_flags=known.syllable_flags[::-1],
        word_segments=known.word_segments[::-1],
        emotions=known.emotions[::-1],
    )


def _write_inventories(home: Path, mini: Miniature) -> None:
    own = own_inventory(mini)
    fields = (own.phones, own.tones, own.syllable_flags, own.word_segments, own.emotions, mini.speakers)
    home.mkdir(parents=True)
    for name, symbols in zip(_INVENTORIES.values(), fields, strict=True):
        (home / name).write_text("\n".join(symbols) + "\n", encoding="utf-8")


def _write_dictionary(folder: Path, symbols: Inventory) -> None:
    """`PhoneSet.xml` and `tonelist.txt`; the breaks are added by the reader."""
    folder.mkdir(parents=True)
    phones = "".join(
        f"  <phone>\n    <id>{number}</id>\n    <name>{phone}</name>\n    <cv>vowel</cv>\n  </phone>\n"
        for number, phone in enumerate(symbols.phones[:-4])
    )
    (folder / "PhoneSet.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<phoneSet xmlns="http://schemas.alibaba-inc.com/tts">\n{phones}</phoneSet>\n',
        encoding="utf-8",
    )
    tones = "".join(f"{'' if tone == 'tone_none' else tone.removeprefix('tone')}\n" for tone in symbols.tones)
    (folder / "tonelist.txt").write_text(tones, encoding="utf-8")


def _write_stages(acoustic: Path, vocoder: Path, mini: Miniature) -> None:
    name = f"checkpoint{mini.separator}{mini.steps}.pth"
    write_yaml(acoustic / "config.yaml", acoustic_document(mini))
    save(acoustic / "ckpt" / name, training_state(acoustic_state(mini), mini.steps))
    write_yaml(vocoder / "config.yaml", vocoder_document(mini))
    save(vocoder / "ckpt" / "checkpoint_2000000.pth", adversarial(vocoder_state(mini), 2_000_000))
    if mini.source and mini.norm == "mean_std":
        np.save(acoustic / "mvn.npy", np.array(F0)[:, None])
    if mini.vector:
        np.save(acoustic / "se.npy", speaker_vector()[None])


def speaker_vector() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """(192,) of the voices with SE."""
    return np.random.RandomState(0).standard_normal(192).astype(np.float32)


def _write_configuration(folder: Path, model: Mapping[str, Any]) -> None:
    write_json(
        folder / "configuration.json",
        {
            "framework": "pytorch",
            "task": "text-to-speech",
            "model": {"type": "sambert-hifigan", **model},
            "pipeline": {"type": "sambert-hifigan-tts"},
        },
    )
    with zipfile.ZipFile(folder / "resource.zip", "w") as archive:
        archive.writestr("resource/", "")
        archive.writestr("resource/closed.bin", b"\0" * 64)


def _mask_of(mini: Miniature) -> dict[str, Any]:
    return {"linguistic_unit": {"has_mask": mini.has_mask}}


def _vocoder_of_2022(mini: Miniature) -> dict[str, Any]:
    params = mini.vocoder_params
    return {
        "resblock": "1",
        "num_mels": params["in_channels"],
        "upsample_rates": params["upsample_scales"],
        "upsample_kernel_sizes": params["upsample_kernal_sizes"],
        "upsample_initial_channel": params["channels"],
        "resblock_kernel_sizes": params["resblock_kernel_sizes"],
        "resblock_dilation_sizes": params["resblock_dilations"],
    }


def _pack_voices(folder: Path) -> None:
    """Into `voices.zip`, as a model of 2022 was downloaded."""
    _zip(folder / "voices", folder / "voices.zip", folder)
    shutil.rmtree(folder / "voices")


def _zip_beside(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    _zip(folder, archive, folder.parent)
    shutil.rmtree(folder)
    return archive


def _zip(folder: Path, archive: Path, root: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*")):
            opened.write(path, path.relative_to(root))


def pickle_arrays(path: Path, state: State) -> None:
    """The acoustic model of 2022 as numpy arrays, converted from TensorFlow and pickled without torch."""
    arrays = {key: value.numpy() for key, value in state.items()}
    with path.open("wb") as file:
        pickle.dump({"fsnet": arrays}, file, protocol=2)
