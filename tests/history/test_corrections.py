"""A note that owns up to a mistake is told from one that tells of an addition, and from the word in running text."""

from __future__ import annotations

import time

import pytest

from archiver.history.corrections import LABELS, PHRASES, is_correction

NOTES = [
    ("Correction: an earlier fare was wrong.", True, "the label of most"),
    ("CORRECTION — The fare is 4 euros.", True, "capitals and a dash"),
    ("Correction, March 4, 2026: The fare is 4 euros.", True, "the label and its day"),
    ("Correction (4 March): the fare is 4 euros.", True, "a day in brackets"),
    ("[Correction] The fare is 4 euros.", True, "brackets of its own"),
    ("Correction to the fares of the night ferry: they are 4 euros.", False, "more words than a label has"),
    ("Corrections and clarifications", True, "the heading of a box"),
    ("Clarification: the ferry was not named by the council.", True, "softer"),
    ("For the Record: 4 March, 10:12 a.m.", True, "the words of one large paper"),
    ("An earlier version of this article misstated the fare.", True, "the commonest phrase"),
    ("Editor’s note: A previous version of this story gave the wrong fare.", True, "under an editor's name"),
    ("• This article was amended on 4 March 2026 because the fare was wrong.", True, "the day it was amended"),
    ("This story has been corrected to reflect the fare.", True, "says so of itself"),
    ("UPDATE: This post was updated to correct the fare.", True, "an update that corrects"),
    ("The paper regrets the error.", True, "regret"),
    ("Updated at 10:30 GMT", False, "time alone says nothing of a mistake"),
    ("This article was updated on 4 March with a comment by the council.", False, "an addition is no correction"),
    ("Update: the ferry sails again.", False, "news"),
    ("Editor's note: this story is part of a series.", False, "a note, but not of a mistake"),
    ("The minister spoke of a correction course for the budget.", False, "the word in running text"),
    ("Correction of the river bed will take two years.", False, "the word first in a sentence"),
    ("The prison, a correctional facility, is shut.", False, "another word"),
    ("Analysts expect a market correction: shares fell.", False, "of shares"),
    ("An earlier version of the bill had failed.", False, "a version of something else"),
    ("A previous version of the story gave the wrong fare.", True, "and of the text"),
    ("In einer früheren Version des Gesetzes fehlte der Satz.", True, "not told from a text by these words: it is shown, no more"),
    ("Korrektur: In einer früheren Version hieß es, die Fähre sei kostenlos.", True, "German"),
    ("Berichtigung vom 4. März: Die Fahrt kostet 4 Euro.", True, "German, with its day"),
    ("Anmerkung: In einer ersten Fassung dieses Artikels stand 5 Euro. Wir haben das korrigiert.", True, "German, in a note"),
    ("Die Korrektur der Strecke kostet Millionen.", False, "German, the word in running text"),
    ("Anmerkung der Redaktion: Dieser Text erschien zuerst im Mai.", False, "German, a note of another kind"),
    ("Rectificatif du 4 mars", True, "French"),
    ("Une version précédente de cet article donnait un autre prix.", True, "French"),
    ("Fe de errores: el billete cuesta 4 euros.", True, "Spanish"),
    ("En una versión anterior de este artículo se decía 5 euros.", True, "Spanish"),
    ("Errata corrige: il biglietto costa 4 euro.", True, "Italian"),
    ("Correção: o bilhete custa 4 euros.", True, "Portuguese"),
    ("Erramos: o bilhete custa 4 reais", True, "Portuguese, of Brazil"),
    ("Rectificatie: een kaartje kost 4 euro.", True, "Dutch"),
    ("In een eerdere versie van dit artikel stond 5 euro.", True, "Dutch"),
    ("Rättelse: biljetten kostar 4 euro.", True, "Swedish"),
    ("RETTELSE 4. marts: billetten koster 4 euro.", True, "Danish"),
    ("Oikaisu: lippu maksaa 4 euroa.", True, "Finnish"),
    ("Sprostowanie: bilet kosztuje 4 euro.", True, "Polish"),
    ("Уточнение: билет стоит 4 евро.", True, "Russian"),
    ("В предыдущей версии текста была ошибка.", True, "Russian"),
    ("Düzeltme: bilet 4 avro.", True, "Turkish"),
    ("【訂正】運賃は4ユーロです。", True, "Japanese, brackets of its own"),
    ("更正：票价为4欧元。", True, "Chinese, a wide colon"),
    ("바로잡습니다", True, "Korean"),
    ("", False, "nothing"),
]


@pytest.mark.parametrize(("note", "expected", "reason"), NOTES, ids=[reason for *_, reason in NOTES])
def test_a_note_is_told_from_other_text(note: str, expected: bool, reason: str) -> None:
    assert is_correction(note) is expected, reason


@pytest.mark.parametrize("label", sorted({label for labels in LABELS.values() for label in labels}))
def test_every_label_is_read_before_a_colon_and_not_inside_a_sentence(label: str) -> None:
    assert is_correction(f"{label.upper()}: x")
    # CJK writes no spaces, and these words are said of nothing else.
    if label.isascii():
        assert not is_correction(f"They spoke of {label} for hours")


def test_a_hostile_paragraph_does_not_take_long() -> None:
    begun = time.process_time()
    for text in ("correction " * 50_000, "updated " + "a " * 100_000, "(" * 200_000, "correction" + " 1" * 100_000):
        is_correction(text)
    assert time.process_time() - begun < 2
    assert sum(map(len, PHRASES.values())) > 20
