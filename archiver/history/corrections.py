"""Whether a paragraph is a note that owns up to a mistake, by what newspapers print: a label at its beginning, or a set phrase.

A note that something was added or updated is none, nor is the word "correction" in running text. Pure.
"""

from __future__ import annotations

import re

# What stands first in a note, alone or before a colon, a dash or a date.
LABELS = {
    "en": ("correction", "corrections", "correction and clarification", "corrections and clarifications",
           "corrections & clarifications", "clarification", "clarifications", "erratum", "errata",
           "for the record", "retraction"),
    "de": ("korrektur", "korrekturen", "berichtigung", "richtigstellung", "klarstellung", "korrekturhinweis"),
    "fr": ("rectificatif", "correctif", "erratum", "mise au point"),
    "es": ("corrección", "correcciones", "fe de errores", "fe de erratas", "rectificación", "aclaración"),
    "it": ("correzione", "errata corrige", "rettifica", "precisazione"),
    "pt": ("correção", "correcção", "erramos", "errata", "retificação", "rectificação"),
    "nl": ("correctie", "correcties", "rectificatie", "verbetering"),
    "sv, da, no": ("rättelse", "rättelser", "rettelse", "rettelser", "retting", "korrigering", "beriktigelse"),
    "fi": ("korjaus", "oikaisu"),
    "pl, cs": ("sprostowanie", "korekta", "oprava", "uvedení na pravou míru"),
    "ru, uk": ("исправление", "поправка", "уточнение", "виправлення", "уточнення"),
    "tr": ("düzeltme",),
    "el": ("διόρθωση",),
    "ar, he": ("تصحيح", "תיקון"),
    "ja, zh, ko": ("訂正", "お詫びと訂正", "更正", "更正啟事", "更正启事", "정정", "정정보도", "바로잡습니다"),
}  # fmt: skip
# Wherever they stand in a note: nobody says this of anything but a text of their own.
PHRASES = {
    "en": (
        r"an? (?:earlier|previous|prior|original) (?:version|headline|caption) (?:of|to|for|on) (?:this \w+|our \w+|the"
        r" (?:article|story|piece|post|report|column|review|headline|caption|page|transcript|text))\b",
        r"earlier versions of this \w+",
        r"this (?:article|story|piece|post|report|column|review|headline|caption|page|transcript) (?:was|has been|is)"
        r" (?:\w+ )?(?:amended|corrected|clarified)",
        r"(?:updated|amended|changed|edited) (?:\w+ ){0,6}to (?:correct|fix|clarify)\b",
        r"(?:regrets?|apologi[sz]es? for) (?:the|this|these) (?:error|mistake)s?",
        r"was (?:first|originally|initially|previously) misstated",
    ),
    "de": (
        r"in einer (?:früheren|ersten|vorherigen|ursprünglichen|älteren) (?:version|fassung)",
        r"eine (?:frühere|erste|vorherige|ursprüngliche|ältere) (?:version|fassung) dieses",
        r"(?:wir haben|dies wurde|das wurde|der fehler wurde|die stelle wurde)\b.{0,60}\b(?:korrigiert|berichtigt|richtiggestellt)",
        r"(?:wir )?bitten?,? (?:wir )?(?:den|diesen|die) fehler zu entschuldigen",
    ),
    "fr": (r"une (?:première |précédente |ancienne )?version (?:précédente|antérieure|initiale)? ?de (?:cet|notre|l)\W?\w+",
           r"cet article a été (?:corrigé|rectifié)"),
    "es": (r"una versión (?:anterior|previa) de est[ea]",
           r"est[ea] (?:artículo|noticia|texto) ha sido (?:corregid|rectificad)[oa]"),
    "it": (r"una (?:precedente versione|versione precedente) di quest",),
    "pt": (r"uma versão anterior (?:deste|desta)", r"est[ea] (?:texto|reportagem|matéria|artigo) foi corrigid[oa]"),
    "nl": (r"in een eerdere versie van dit", r"in een eerdere versie stond",
           r"dit (?:artikel|bericht) is (?:gecorrigeerd|aangepast)"),
    "sv, da, no": (r"i en (?:tidigare|tidligere) (?:version|versjon|utgave|udgave) av? ?",
                   r"denne (?:artikel|artikkelen?) er rettet"),
    "pl, cs": (r"we wcześniejszej wersji", r"v (?:předchozí|původní) verzi"),
    "ru, uk": (r"в (?:предыдущей|первоначальной|ранней) версии", r"у попередній версії"),
    "ja, zh, ko": (r"訂正しました", r"お詫びして訂正", r"本文已更正", r"정정합니다", r"바로잡습니다"),
}  # fmt: skip

_DATED = r"[^.:;!?\n]{0,30}\d[^:;!?\n]{0,30}"
_LABEL = re.compile(
    r"^\W*(?:(?:editor['’]?s?['’]?|editorial|publisher['’]?s) )?"
    rf"(?:{'|'.join(re.escape(label) for labels in LABELS.values() for label in sorted(labels, key=len, reverse=True))})"
    # Nothing more, a mark, a date, or a few words that a colon ends.
    rf"(?:\s*$|\s*[:：.—–(\[\])】|/]|\s+-\s|[\s,]{_DATED}(?:[:：.—–]|$)|\s[^.:;!?\n]{{1,30}}[:：])",
    re.IGNORECASE,
)
_PHRASE = re.compile("|".join(f"(?:{phrase})" for phrases in PHRASES.values() for phrase in phrases), re.IGNORECASE)


def is_correction(paragraph: str) -> bool:
    """Whether ``paragraph`` owns up to a mistake. White space and case do not count."""
    text = " ".join(paragraph.split())
    return bool(_LABEL.search(text) or _PHRASE.search(text))
