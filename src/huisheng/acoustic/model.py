"""SAM-BERT: text encoder, variance adaptor, autoregressive decoder, postnet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from huisheng.acoustic.alignment import AlignmentAttention, align, mean_over_frames
from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.decoder import MelDecoder
from huisheng.acoustic.encoder import EncodedText, TextEncoder
from huisheng.acoustic.filled_pauses import FILLERS, FilledPausePredictor, insert_filled_pauses
from huisheng.acoustic.inputs import Controls, Inputs, TrainingBatch, require, valid_positions
from huisheng.acoustic.length_regulator import bands, whole_frames, whole_steps
from huisheng.acoustic.outputs import Alignment, Inference, TrainingOutput
from huisheng.acoustic.postnet import Postnet
from huisheng.acoustic.variance import Conditions, Regulated, Variance, VarianceAdaptor
from huisheng.errors import EngineError

AS_PREDICTED: Final = Controls()


@dataclass(frozen=True, slots=True, eq=False)
class _ExpandedSymbols:
    """Symbols after filled pauses were inserted.

    Attributes:
        conditions: its symbols.
        controls: of its symbols.
        pauses: (B, L, 4) odds of a filled pause; None without that part.
        origins: (B, K) int64 the input symbol of each symbol, −1 at an inserted one and at padding.
    """

    conditions: Conditions
    controls: Controls
    pauses: Tensor | None
    origins: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Targets:
    """Targets for the symbols of a training batch.

    Attributes:
        pitch, energy: (B, L) normalised, 0 at padding.
        durations: (B, L) int64 frames, 0 at padding.
        alignment: that they were computed from; None where they were given.
    """

    pitch: Tensor
    energy: Tensor
    durations: Tensor
    alignment: Alignment | None


class SamBert(nn.Module):
    """The whole model; its state dict is that of published checkpoints.

    Nothing is kept between calls, so several threads may infer with one model at once.
    """

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.config = config
        self.text_encoder = TextEncoder(config)
        if not config.speaker_vectors:
            self.spk_tokenizer = nn.Embedding(config.vocabulary.speakers, config.speaker_units)
        self.emo_tokenizer = nn.Embedding(config.vocabulary.emotions, config.emotion_units)
        self.variance_adaptor = VarianceAdaptor(config)
        self.mel_decoder = MelDecoder(config)
        self.mel_postnet = Postnet(config)
        if config.aligns:
            self.align_attention = AlignmentAttention(config)
        if config.fills_pauses:
            self.FP_predictor = FilledPausePredictor(config)

    def emotion_vectors(self, ids: Tensor) -> Tensor:
        """(B, L) int64 emotions → (B, L, E). Between two of them lie weaker and mixed emotions."""
        return self.emo_tokenizer(ids)

    def speaker_vectors(self, ids: Tensor) -> Tensor:
        """(B, L) int64 speakers → (B, L, S).

        Raises:
            EngineError: this model takes vectors of a speaker encoder instead of ids (SE).
        """
        if self.config.speaker_vectors:
            raise EngineError(
                "这个模型用说话人向量而不是编号，请提供 speakers 向量。",
                "This model takes speaker vectors, not ids; give it the vectors.",
            )
        return self.spk_tokenizer(ids)

    def forward(self, batch: TrainingBatch) -> TrainingOutput:
        """Predict every part from the true values of the parts before it (teacher forcing), for training.

        Raises:
            EngineError: a shape is wrong, or durations do not add up to the frames.
        """
        self._check_batch(batch)
        inputs = batch.inputs
        valid = valid_positions(inputs.lengths, inputs.symbols.shape[1])
        encoded: EncodedText = self.text_encoder(inputs.symbols, valid)
        conditions = Conditions(encoded.text, inputs.speakers, inputs.emotions, inputs.lengths, valid)
        targets = self._targets(batch, encoded.embedded)
        adapted: Variance = self.variance_adaptor(
            conditions, targets.pitch, targets.energy, targets.durations
        )
        regulated = self.variance_adaptor.regulate(adapted.text, conditions, targets.durations)
        _require_equal(regulated, batch)
        band = bands(targets.durations, self.config.group)
        band = band.amax().expand_as(band)  # all as the widest, which is how published weights were trained
        coarse, mel = self._teacher_forced_mel(batch, regulated, band)
        return TrainingOutput(
            coarse=coarse,
            mel=mel,
            log_durations=adapted.log_durations,
            pitch=adapted.pitch,
            energy=adapted.energy,
            target_durations=targets.durations,
            target_pitch=targets.pitch,
            target_energy=targets.energy,
            bands=band,
            regulated_text=regulated.text,
            alignment=targets.alignment,
        )

    @torch.no_grad()
    def infer(self, inputs: Inputs, controls: Controls = AS_PREDICTED) -> Inference:
        """Infer (B, T, M) mel: every part from the output of those before it, each utterance by itself.

        Raises:
            EngineError: a shape is wrong, the model is in training mode, or nothing lasts a frame.
        """
        self._check_inference(inputs, controls)
        valid = valid_positions(inputs.lengths, inputs.symbols.shape[1])
        encoded = self.text_encoder.encode(inputs.symbols, valid)
        expanded = self._expand(inputs, controls, encoded.text, valid)
        adapted = self.variance_adaptor.generate(expanded.conditions, expanded.controls)
        lengths = _lengths(adapted.log_durations, expanded)
        durations = whole_frames(lengths)
        regulated = self.variance_adaptor.regulate(adapted.text, expanded.conditions, durations)
        _require_audible(regulated.frames)
        band = bands(lengths, self.config.group)
        coarse, mel = self._generate_mel(regulated, band)
        return Inference(
            encoded=encoded.encoded,
            text=encoded.text,
            pitch_states=adapted.pitch_states,
            pitch=adapted.pitch,
            energy=adapted.energy,
            log_durations=adapted.log_durations,
            durations=durations,
            regulated_text=regulated.text,
            regulated_speakers=regulated.speakers,
            regulated_emotions=regulated.emotions,
            frames=regulated.frames,
            bands=band,
            coarse=coarse,
            mel=mel,
            pauses=expanded.pauses,
            origins=expanded.origins,
        )

    def _expand(self, inputs: Inputs, controls: Controls, text: Tensor, valid: Tensor) -> _ExpandedSymbols:
        """Insert filled pauses into (B, L, P) text at (B, L) valid positions."""
        if not self.config.fills_pauses:
            conditions = Conditions(text, inputs.speakers, inputs.emotions, inputs.lengths, valid)
            position = torch.arange(valid.shape[1], device=valid.device).expand_as(valid)
            return _ExpandedSymbols(conditions, controls, None, position.masked_fill(~valid, -1))
        pauses: Tensor = self.FP_predictor(text, valid)
        whole = insert_filled_pauses(text, pauses.argmax(dim=2), valid, self._fillers(text.device))
        source = whole.source
        conditions = Conditions(
            text=whole.text,
            speakers=source.spread(inputs.speakers),
            emotions=source.spread(inputs.emotions),
            lengths=source.frames,
            valid=source.places > 0,
        )
        return _ExpandedSymbols(conditions, controls.gather(source.owners), pauses, whole.origins)

    def _fillers(self, device: torch.device) -> Tensor:
        """(3, 3, P) filled pauses, encoded by themselves."""
        symbols = torch.tensor(FILLERS, device=device)  # (3, 3, 4)
        valid = torch.ones(symbols.shape[:2], dtype=torch.bool, device=device)
        return self.text_encoder.encode(symbols, valid).text

    def _generate_mel(self, regulated: Regulated, band: Tensor) -> tuple[Tensor, Tensor]:
        """Coarse and final spectrogram (B, T, M), 0 behind the end, with (B,) bands of steps."""
        memory = self.mel_decoder.memory(regulated.text, regulated.speakers, regulated.emotions)
        steps = whole_steps(regulated.frames, self.config.group)
        coarse = self.mel_decoder.generate(memory, band, steps)
        valid = valid_positions(regulated.frames, coarse.shape[1])
        return coarse.masked_fill(~valid[..., None], 0.0), self.mel_postnet(coarse, valid)

    def _teacher_forced_mel(
        self, batch: TrainingBatch, regulated: Regulated, band: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Coarse and final spectrogram (B, T, M) from the true one, with (B,) bands of steps."""
        group, longest = self.config.group, batch.mels.shape[1]
        memory = self.mel_decoder.memory(regulated.text, regulated.speakers, regulated.emotions)
        steps = valid_positions(whole_steps(batch.frames, group), longest // group)
        coarse: Tensor = self.mel_decoder(memory, batch.mels, band, steps)
        valid = valid_positions(batch.frames, longest)
        return coarse.masked_fill(~valid[..., None], 0.0), self.mel_postnet(coarse, valid)

    def _targets(self, batch: TrainingBatch, embedded: Tensor) -> _Targets:
        """Targets that were given, or computed from the alignment of (B, L, C) embeddings and spectrogram."""
        if batch.durations is not None:
            return _Targets(batch.pitch, batch.energy, batch.durations, None)
        log_odds: Tensor = self.align_attention(embedded, batch.mels, batch.prior)
        alignment = align(log_odds, batch.frames, batch.inputs.lengths)
        return _Targets(
            pitch=mean_over_frames(batch.pitch, alignment.hard),
            energy=mean_over_frames(batch.energy, alignment.hard),
            durations=alignment.hard.sum(dim=1).long(),
            alignment=alignment,
        )

    def _check_inputs(self, inputs: Inputs) -> None:
        longest = inputs.symbols.shape[1]
        require("emotions", inputs.emotions, (None, None, self.config.emotion_units))
        require("speakers", inputs.speakers, (None, None, self.config.speaker_units))
        if bool(((inputs.lengths < 1) | (inputs.lengths > longest)).any()):
            raise EngineError(
                f"句长 lengths 应在 1 到 {longest} 之间，请检查前端输出。",
                f"The lengths of utterances must lie between 1 and {longest}.",
            )

    def _check_inference(self, inputs: Inputs, controls: Controls) -> None:
        self._check_inputs(inputs)
        controls.check(*inputs.symbols.shape[:2])
        if self.training:
            raise EngineError(
                "模型处于训练模式，请先调用 eval()。", "The model is in training mode; call eval() first."
            )

    def _check_batch(self, batch: TrainingBatch) -> None:
        self._check_inputs(batch.inputs)
        require("mels", batch.mels, (None, None, self.config.mels))
        if self.config.fills_pauses:
            raise EngineError("不支持训练带填充停顿的模型。", "Models with filled pauses cannot be trained.")
        if self.config.aligns == (batch.durations is not None):
            raise EngineError(
                "自对齐模型不要提供 durations，其他模型必须提供。",
                "A model that aligns by itself takes no durations; any other needs them.",
            )


def _lengths(log_durations: Tensor, expanded: _ExpandedSymbols) -> Tensor:
    """(B, K) log(frames + 1) → (B, K) frames at the wanted rate, before rounding."""
    lengths = torch.expm1(log_durations)
    rate = expanded.controls.rate
    return lengths if rate is None else (lengths / rate).masked_fill(~expanded.conditions.valid, 0.0)


def _require_audible(frames: Tensor) -> None:
    """Check that each of (B,) utterances lasts at least a frame."""
    if not bool(frames.all()):
        raise EngineError(
            "无法预测时长，请检查符号。", "Nothing in this text lasts a frame; check its symbols."
        )


def _require_equal(regulated: Regulated, batch: TrainingBatch) -> None:
    """Check that durations add up to the frames of the spectrograms."""
    total, real = ([int(count) for count in frames] for frames in (regulated.frames, batch.frames))
    sizes = regulated.text.shape[1], batch.mels.shape[1]
    if total != real or sizes[0] != sizes[1]:
        raise EngineError(
            f"时长之和 {total} 与频谱帧数 {real} 不一致，或频谱没有补齐到 {sizes[0]} 帧，请检查训练数据。",
            f"Durations add up to {total}, the spectrograms have {real} frames; padded to whole steps they "
            f"need {sizes[0]} and have {sizes[1]}.",
        )
