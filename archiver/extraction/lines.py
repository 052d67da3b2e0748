"""Which blocks of the article's region are its text: no captions, prompts, link lists or headings of what comes after."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from archiver.extraction.blocks import Block
from archiver.extraction.byline import is_name, opens_byline, split_byline
from archiver.extraction.datewords import written_dates
from archiver.extraction.title import fold

_MAX_PROMPT = 220
_MAX_CREDIT = 260
_MAX_CUT_HEADING = 60
_MAX_DATELINE = 60
# A heading of other stories ends the article when at least this share of the text stands before it.
_CUT_AFTER = 0.8
# Shorter repeats are refrains; longer ones are the same text laid out twice.
_MIN_REPEATED = 50

_PROMPT = re.compile(
    r"""
    ^(?:  # the whole line
      advert(?:isement)?s? | anzeige | werbung | publicité | publicidad | pubblicità | reklam[ae]? | iklan
      | sponsored(?:[ ]content)?
    | story[ ]continues[ ]below.* | article[ ]continues[ ](?:after|below).* | continue[ ]reading.*
    | scroll[ ]to[ ]continue.* | loading\b.*
    | share | save | listen | teilen | tweet | pin[ ]it | print | drucken | e-?mail | facebook | twitter | whatsapp
    | linkedin | pinterest
    | copy[ ]link | link[ ]copied.* | reply | comments? | related | show[ ]caption | watch:? | filed[ ]under\b.*
    | read[ ]more | weiterlesen | mehr[ ]lesen | leer[ ]más | lire[ ]la[ ]suite | click[ ]to[ ].* | skip[ ]to[ ].*
    | back[ ]to[ ](?:video|top).*
    | \d+[ ]min(?:ute)?s?[ ]read | lesedauer.* | reading[ ]time.* | we[ ]apologi[sz]e,[ ]but[ ]this[ ]video.*
    | jump[ ]to:? | (?:table[ ]of[ ])?contents | table[ ]of[ ]contents\W.* | on[ ]this[ ]page | in[ ]this[ ]article
    | auf[ ]dieser[ ]seite:? | inhaltsverzeichnis
    )\W*$
    | ^(?:  # a pointer to another story
      read[ ](?:more|also|next) | also[ ]read | see[ ]also | related | watch | listen | photos?
    | lesen[ ]sie[ ](?:auch|mehr|hier) | mehr[ ]dazu | lire[ ]aussi | à[ ]lire | lea?[ ](?:también|más)
    | leia[ ](?:também|mais)
    | leggi[ ]anche | lees[ ]ook | læs[ ]også | les[ ]også | läs[ ]också
    )\s*[:：>»-]
    | ^\W*(?:(?:additional[ ])?reporting[ ]by | writing[ ]by | edit(?:ing|ed)[ ]by | our[ ]standards:
    | follow[ ].{1,40}[ ]on[ ](?:twitter|x|facebook|instagram))\b
    | \b(?:affiliate[ ](?:link|commission|disclosure) | earn[ ](?:an?|affiliate)?[ ]?(?:small[ ])?commission
    | sign[ ]up[ ](?:for|to|here) | subscribe[ ](?:to|now|here) | unsubscribe
    | click[ ]here[ ]to[ ](?:subscribe|sign|read|join)
    | follow[ ]us[ ]on | join[ ]us[ ]on[ ]whatsapp | like[ ]this[ ]story\? | share[ ]it[ ]with | all[ ]rights[ ]reserved
    | newsletter[ ](?:abonnieren|bestellen) | hier[ ]anmelden | jetzt[ ]abonnieren)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CREDIT = re.compile(
    r"""
    ^(?:© | \(c\) | foto(?:s|graf\w*)?\s*[:/] | photo(?:s|graph\w*)?(?:\s+by | \s+credit | \s+courtesy | :)
    | images?(?:\s+credit | \s+source | \s+by | :) | credits?: | bild(?:rechte|quelle|er)?: | picture: | caption:
    | crédit | crédito | imagen?:)
    | (?:© | \(c\)\s | getty\s+images | shutterstock | istock | bildrechte: | /\s?(?:reuters|afp|ap|dpa|epa|getty)\b
    | \((?:photo|image|credit|foto|picture)[^)]{0,80}\))[^.!?]{0,60}$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CUT_HEADING = re.compile(
    r"""
    ^\W*(?:
      you\s+(?:may|might|could)\s+(?:also\s+)?(?:like|enjoy|be\ interested)
    | (?:also|further|more|recommended|suggested|related|additional|popular|latest|recent|trending|featured)\s+
      (?:read(?:ing|s)? | articles? | posts? | stor(?:y|ies) | news | topics? | links? | content | coverage | resources
      | videos?
      | (?:from|in|about)\b.* | on\ this.* | like\ this.* | for\ you)
    | read\s+(?:next|more|also|this\ next) | see\s+also | up\s+next | what\s+to\s+read\s+next | keep\s+reading
    | most\s+(?:read|popular|viewed)
    | editor.?s?.?\s+picks? | don.t\s+miss | about\s+(?:the\s+)?(?:authors?|writers?|reviewers?) | about\s+us
    | meet\s+the\s+author | written\s+by
    | share\s+(?:this|on)\b.* | leave\s+a\s+(?:comment|reply) | comments? | \d+\s+(?:comments?|thoughts?\s+on\b.*|responses?)
    | join\s+the\s+(?:conversation|discussion) | sign\s+up\b.* | subscribe\b.* | newsletters? | tags | topics
    | filed\s+under | references
    | footnotes | sources? | sponsored | advertisement | follow\s+us\b.* | connect\s+with\s+us | get\s+in\s+touch
    | contact\s+us | our\s+latest | related
    | mehr\s+(?:zum\s+thema | dazu | artikel | lesen | aus | (?:zu|von)\b.*) | lesen\s+sie\s+(?:auch|mehr|hier)\b.*
    | auch\s+interessant
    | das\s+könnte\s+(?:sie|dich)\s+(?:auch\s+)?interessieren
    | weitere\s+(?:artikel|themen|nachrichten|meldungen|informationen)
    | (?:verwandte|ähnliche)\s+(?:artikel|themen|beiträge) | kommentare? | meistgelesen | schlagworte | themen
    | über\s+(?:den|die)\s+autor(?:in)?
    | anzeige | zum\s+thema | empfehlungen
    | (?:à\s+)?lire\s+aussi | sur\s+le\s+même\s+(?:sujet|thème) | articles?\s+(?:liés|similaires|recommandés)
    | voir\s+aussi | commentaires?
    | partager | à\s+propos\s+de\s+l.auteur
    | te\s+puede\s+interesar | lea?e?\s+también | ver\s+también | noticias?\s+relacionad[ao]s? | artículos?\s+relacionados?
    | más\s+(?:noticias | información | sobre\b.*) | temas | comentarios? | compartir | sobre\s+el\s+autor | etiquetas
    | leia\s+(?:também|mais) | veja\s+também | relacionad[ao]s | comentários
    | leggi\s+anche | potrebbe\s+interessarti | ti\s+potrebbe\s+interessare | articoli\s+correlati | correlati | commenti
    | condividi
    | lees\s+(?:ook|meer) | gerelateerd.* | (?:læs|les)\s+også | läs\s+(?:också|även|mer) | relaterade?.* | ilgili\s+haberler
    | czytaj\s+także | zobacz\s+(?:też|także) | читайте\s+также | по\s+теме
    | 関連(?:記事|ニュース)? | あわせて読みたい | おすすめ.* | 相关(?:新闻|阅读|推荐) | 관련\s*기사
    )\W*$
    """,
    re.VERBOSE | re.IGNORECASE,
)


def text_blocks(blocks: Sequence[Block], titles: Collection[str]) -> list[Block]:
    """The blocks of ``blocks`` that are the article's own text; ``titles`` are folded and dropped where they lead it."""
    kept = [
        b for b, after in zip(blocks, [*blocks[1:], None], strict=True) if not (_is_link(b, after) or is_prompt(b) or is_credit(b))
    ]
    start = next((i for i, block in enumerate(kept) if not (fold(block.text) in titles or _is_dateline(block))), len(kept))
    kept = _without_appendix(_once(kept[start:]))
    while kept and (kept[-1].is_heading or _is_dateline(kept[-1])):
        kept.pop()
    return kept


def _is_dateline(block: Block) -> bool:
    """Whether a line by the headline is only a date or a byline."""
    if len(block.text) > _MAX_DATELINE or block.tag == "li":
        return False
    dated = sum(len(found.raw) for found in written_dates(block.text, day_first=False))
    if 2 * dated >= len(block.text):
        return True
    names = list(split_byline(block.text)) if opens_byline(block.text) else []
    return len(names) in (1, 2) and all(is_name(name) and " " in name for name in names)


def is_prompt(block: Block) -> bool:
    """Whether the block asks for something (share, subscribe, read this too) or is a label of the page's machinery."""
    return len(block.text) < _MAX_PROMPT and _PROMPT.search(block.text) is not None


def is_credit(block: Block) -> bool:
    """Whether the block is the caption or credit of a picture, by its form alone."""
    return (
        len(block.text) < _MAX_CREDIT
        and not block.is_heading
        and block.tag not in ("li", "td")
        and _CREDIT.search(block.text) is not None
    )


def _is_link(block: Block, after: Block | None) -> bool:
    """Links that stand alone point elsewhere; not so a heading with prose below it."""
    length = len(block.text)
    if block.link_chars <= length * (0.8 if length < 100 else 0.9):
        return False
    return not (block.is_heading and after is not None and after.weight >= 100)


def _once(blocks: Iterable[Block]) -> list[Block]:
    seen: set[str] = set()
    kept = []
    for block in blocks:
        if len(block.text) >= _MIN_REPEATED:
            if block.text in seen:
                continue
            seen.add(block.text)
        kept.append(block)
    return kept


def _without_appendix(blocks: Sequence[Block]) -> list[Block]:
    """``blocks`` up to a heading such as *You may also like* near the end; earlier such lines are dropped alone."""
    total = sum(len(block.text) for block in blocks)
    seen = 0
    kept = []
    for block in blocks:
        length = len(block.text)
        if length <= _MAX_CUT_HEADING and _CUT_HEADING.match(block.text):
            if seen >= _CUT_AFTER * total:
                break
        else:
            kept.append(block)
        seen += length
    return kept
