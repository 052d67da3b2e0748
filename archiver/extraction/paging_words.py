"""What paging links say and are named, in many languages: next, previous, a pager, a calendar. Regular expressions alone."""

from __future__ import annotations

import re

_NEXT_WORDS = (
    r"next|older|more (?:posts|stories|articles|news|results)|load more|show more|view more|see more|weiter\b|nächste"
    r"|naechste|ältere|aeltere|mehr (?:laden|anzeigen|artikel)"
    r"|suivante?s?|plus anciens?|plus d.articles|voir plus|afficher plus|charger plus|siguientes?|próxim[oa]s?"
    r"|proxim[oa]s?|entradas (?:anteriores|antiguas)|más antiguas?|ver más|cargar más"
    r"|carregar mais|mais antig[oa]s|seguent[ei]|successiv[oaie]|avanti|più vecchi|meno recenti|carica altri|volgende"
    r"|oudere?|meer (?:laden|berichten)|nästa|äldre|neste|eldre|næste|ældre|seuraava|vanhemmat"
    r"|następn\w+|starsze|další|starší|sljedeć\w+|starij\w+|sonraki|daha eski|επόμεν\w+|παλαιότερ\w+|следующ\w+"
    r"|вперед|вперёд|далее|дальше|более старые|старые записи|показать ещё|показать еще|загрузить ещё"
    r"|наступн\w+|старіші|следваща|următo\w+|înainte|következő|berikutnya|selanjutnya|tiếp|trang sau|ถัดไป|التالي"
    r"|التالية|أقدم|अगला|पुराने|다음|더 ?보기|下一页|下一頁|下页|下頁|后页|較舊|较旧|加载更多"
    r"|載入更多|次へ|次の|次ページ|古い|以前の|もっと見る"
)
_PREVIOUS_WORDS = (
    r"prev(?:ious)?|newer|back|zurück|vorherige|neuere|précédente?s?|plus récents?|anterior(?:es)?|más recientes?"
    r"|precedent[ei]|più recenti|vorige|nieuwere|föregående|forrige|nyere|poprzedni\w*|nowsze"
    r"|předchozí|novější|prethodn\w+|novij\w+|önceki|προηγούμεν\w+|предыдущ\w+|назад|новые записи|попередн\w+"
    r"|السابق\w*|أحدث|पिछला|이전|上一页|上一頁|上页|前へ|前の|新しい"
)
NEXT = re.compile(rf"(?i)(?:^|\W)(?:{_NEXT_WORDS})|^\W*(?:[›»→❯⟩▶▸>]|&gt;|>>)\W*$")
PREVIOUS = re.compile(rf"(?i)(?:^|\W)(?:{_PREVIOUS_WORDS})|^\W*[‹«←❮⟨◀◂<]\W*$")
# "« January 2024", "March 2024 →", and words for the month before that no other paging uses.
ARROW = re.compile(
    r"(?i)^\s*(?:[‹«←❮⟨◀◂<›»→❯⟩▶▸>]|&[lr]aquo;)|[‹«←❮⟨◀◂<›»→❯⟩▶▸>]\s*$"
    r"|vormonat|vorjahr|last (?:month|year)|earlier|mes pasado|mois dernier|先月|前月|前年|上个月|上個月|上月|지난달|이전 ?달"
)
NEXT_NAME = re.compile(
    r"(?:^|[\s_-])(?:next|older|load-?more|show-?more|list-?more|more-posts|weiter|suivant|siguiente"
    r"|nextpostslink)(?=[\s_-]|$"
    r"|s\b|link|page|post)|(?:chevron|angle|arrow|caret)s?-(?:double-)?right|right-?arrow"
)
PREVIOUS_NAME = re.compile(
    r"(?:^|[\s_-])(?:prev|previous|newer|precedent|anterior|zurueck)(?=[\s_-]|$|s\b|link|page|post)|(?:chevron|angle"
    r"|arrow|caret)s?-(?:double-)?left|left-?arrow"
)
PAGER_NAME = re.compile(
    r"pag(?:e|i)r?n|pager|paging|page-?(?:nav|num|list|link|bar|navi)|(?:^|[\s_-])pages?(?=\s|$|_)|nav-?links"
    r"|post-?s?-?nav|navigation|nav-(?:previous|next|below|above)|wp-paginate|seiten|blätter|load-?more|infinite"
    r"|listing-more|page-numbers"
)
CALENDAR_NAME = re.compile(r"calendar|kalender|calendario|calendrier|datepicker")
# On a button these mean more of the list; on a link, more of a story.
MORE_ALONE = re.compile(r"(?i)\W*(?:more|mehr|plus|más|mais|altro|meer|więcej|ещё|еще|daha fazla|更多|もっと|더보기|المزيد)\W*")
# A link's printed page number, alone or after a word ("Page 3").
PRINTED = re.compile(r"\W*(?:[^\W\d]{1,12}\W*)?(\d{1,5})\W*")
THOUSANDS = re.compile(r"(?<=\d)[,. ](?=\d{3}\b)")
