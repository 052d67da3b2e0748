"""Words that pages use for their own machinery, in the larger languages. Every use weighs them; none decides alone."""

from __future__ import annotations

import re

_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec januar februar märz mai juni juli oktober dezember janvier février fevrier"
    " mars avril juin juillet août aout septembre octobre novembre décembre decembre enero febrero marzo abril mayo junio julio"
    " agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen"
    " mag giu lug set ott dic janeiro fevereiro março marco maio junho julho setembro outubro novembro dezembro fev abr out dez"
    " ene ago januari februari maart april mei augustus oktober december mrt okt января февраля марта апреля мая июня июля"
    " августа сентября октября ноября декабря янв фев мар апр июн июл авг сен сент окт ноя дек stycznia lutego marca kwietnia"
    " maja czerwca lipca sierpnia września października listopada grudnia ocak şubat mart nisan mayıs haziran temmuz ağustos"
    " eylül ekim kasım aralık يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس اغسطس سبتمبر أكتوبر اكتوبر نوفمبر ديسمبر"
    " siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca januára ledna února"
    " března dubna května června července srpna září října listopadu prosince ianuarie februarie martie aprilie iunie iulie"
    " septembrie octombrie noiembrie decembrie ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου"
    " σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"
    " tháng januar february march june july august september october november december"
)
_MONTH = "|".join(sorted(map(re.escape, set(_MONTHS.split())), key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|ª|\.|ος|η)?"
_UNIT = (
    "sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|hours?|days?|weeks?|months?|years?|[smhdw]|минут\\w*|час\\w*|дн\\w*|день|недел\\w*"
    "|minuten?|stunden?|std|tag(?:en?)?|wochen?|monate?n?|heures?|jours?|semaines?|mois|ans?|horas?|d[ií]as?|minutos?|semanas?"
    "|meses|or[ae]|giorn[io]|minuti|settiman[ae]|mes[ei]|dagen|uur|uren|weken|dni|godzin\\w*|saat|dakika|gün"
)
# One printed date, time of day or age; what is left of a text without it says whether it was only that.
DATE = re.compile(
    rf"(?ix)(?: \b(?:19|20)\d\d[-/.\s年]{{1,2}}\s?\d{{1,2}}[-/.月]\s?\d{{1,2}}日?(?:[T\s]\s*\d{{1,2}}:\d\d(?::\d\d)?(?:[+-]\d\d:?\d\d|Z)?)?"
    rf" | \b\d{{1,2}}[-/.]\s?\d{{1,2}}[-/.]\s?(?:(?:19|20)\d\d|\d\d)\b"
    rf" | (?<!\w){_DAY}\s*(?:de\s+|of\s+)?(?:{_MONTH})\w*\.?(?:,?\s*(?:de\s+|del\s+)?(?:19|20)\d\d|\b)"
    rf" | (?<!\w)(?:{_MONTH})\w*\.?\s+{_DAY}(?!\d)(?:\s*,?\s*(?:19|20)\d\d\b)?"
    rf" | (?<!\w)(?:{_MONTH})\w*\.?\s*,?\s+(?:de\s+)?(?:19|20)\d\d\b"
    rf" | (?:19|20)\d\d年\s?\d{{1,2}}月(?:\s?\d{{1,2}}日)? | \d{{1,2}}月\s?\d{{1,2}}日"
    rf" | \b\d{{1,2}}[:.h]\d\d(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|uhr|h)?(?!\w)"
    rf" | \b(?:vor|il\s+y\s+a|hace|há)\s+(?:\d+|einem?r?|une?|una?)\s+(?:{_UNIT})\b | \b\d+\s*(?:{_UNIT})\s+(?:ago|назад|fa|geleden|önce|temu|atrás)\b"
    rf" | \d+\s?(?:分钟|小时|天|分鐘|小時|時間|分|日)前 | \b\d+\s?[mhd]\b(?=\s*$) )"
)
_DATE_WORDS = re.compile(
    r"(?i)\b(?:on|at|am|um|le|à|el|a las|il|alle|em|às|op|om|posted|published|updated|last|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado"
    r"|actualizado|pubblicato|aggiornato|gepubliceerd|date|datum|fecha|data|uhr|utc|gmt|est|edt|pst|cet|mon|tue|wed|thu|fri|sat|sun"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
    r"|опубликовано|обновлено|г|года)\b|[年月日发布發佈更新：]"
)
# Two dates in a row ("published", "changed") are often printed by elements that only style sheets keep apart.
_GLUED = re.compile(r"(?<=[12]\d{3})(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]")
BYLINE = re.compile(
    r"(?i)^\s*(?:(?:posted|written|published|geschrieben|escrito|publicado|scritto|pubblicato|text)?\s*(?:by|von|par|por|di|da|door|av|af|автор|od|przez|od|της|του)"
    r"|author|autor|autore|auteur|forfatter|作者|記者|记者|文|撰文|بقلم|كتب)\s*[:：]?\s+\S"
)
_MORE = (
    "read more|more|continue|continue reading|read|read on|read the|full story|full article|learn more|see more|view|details|weiterlesen|weiter"
    "|mehr|mehr lesen|mehr erfahren|zum artikel|artikel lesen|lire|lire la suite|lire plus|en savoir plus|suite|la suite|leer|leer más|leer mas|sigue leyendo"
    "|seguir leyendo|ver más|más|más información|leggi|leggi tutto|continua|continua a leggere|leggi di più|ler|ler mais|leia|leia mais|saiba mais|continuar|mais"
    "|lees|lees meer|lees verder|verder lezen|meer|читать|читать далее|читать дальше|далее|подробнее|полностью|czytaj|czytaj więcej|czytaj dalej|więcej"
    "|læs mere|läs mer|les mer|lue lisää|číst dále|více|celý článek|opširnije|više|pročitaj više|детальніше|читати|devamı|devamını oku"
    "|続きを読む|もっと読む|記事を読む|詳細|详细|阅读更多|閱讀更多|阅读全文|閱讀全文|更多|查看全文|繼續閱讀|继续阅读|자세히|더보기|المزيد|اقرأ المزيد|إقرأ المزيد|और पढ़ें"
    "|περισσότερα|διαβάστε|διαβάστε περισσότερα|citeste mai mult|citește|tovább|bővebben|selengkapnya|baca selengkapnya|xem thêm|อ่านต่อ"
)
MORE = re.compile(
    rf"(?i)^\W*(?:{'|'.join(sorted((re.escape(w) for w in _MORE.split('|')), key=len, reverse=True))})(?:\W.{{0,12}})?$"
)
# Headings of blocks that repeat or advertise stories instead of listing the section's.
ASIDE_HEADING = re.compile(
    r"(?i)\b(?:most\s+(?:read|popular|viewed|watched|shared|commented|recent)|popular|trending|recommended|related|you (?:may|might)|more from|editor'?s? picks?"
    r"|recent (?:posts|comments|articles)|latest (?:comments|tweets|jobs|videos)|must.?(?:read|watch)|don'?t miss|what'?s hot|sponsored|advertis\w+|partner\w*|newsletter|subscribe|sign up|donate|support us"
    r"|follow us|archives?|categories|tags|about|contact|jobs|upcoming events|events calendar|shop|watch/listen"
    r"|meistgelesen\w*|meist\w+|beliebt\w*|empfehl\w+|das könnte|auch interessant|neueste (?:beiträge|kommentare)|letzte (?:beiträge|kommentare)|kategorien|anzeige"
    r"|les plus (?:lus|vus|populaires|commentés)|à lire aussi|articles? (?:récents|similaires)|commentaires récents|catégories|publicité"
    r"|(?:lo )?m[áa]s (?:le[íi]d[oa]s?|vist[oa]s?|popular(?:es)?|comentad[oa]s)|entradas recientes|te puede interesar|relacionad[oa]s|categor[íi]as|comentarios recientes|destacad[oa]s|publicidad"
    r"|pi[uù] (?:letti|lette|visti|popolari|commentati)|articoli (?:recenti|correlati)|commenti recenti|categorie|potrebbe interessarti|archivi"
    r"|mais (?:lid[oa]s|vist[oa]s|populares|acessad[oa]s)|posts recentes|not[íi]cias relacionadas|veja também|leia também"
    r"|meest gelezen|recente (?:berichten|reacties)|gerelateerd\w*|categorieën|popularne|najpopularniejsze|najczęściej czytane|ostatnie (?:wpisy|komentarze)|kategorie|najčitanije|najnovije"
    r"|популярн\w+|самое читаемое|читайте также|похожие|рекоменду\w+|свежие (?:записи|комментарии)|последние (?:записи|комментарии)|рубрики|архивы?|метки"
    r"|mest (?:lästa|läste|leste)|mest læste|en çok okunan\w*|δημοφιλή|σχετικά|πρόσφατα)\b|人気|ランキング|関連|おすすめ|最近の投稿|新着|热门|熱門|排行|推荐|推薦|相关|相關|近期文章|猜你喜欢|人気記事|カテゴリ|アーカイブ|الأكثر|ذات صلة|إقرأ أيضا|اقرأ أيضا|많이 본|인기"
)


def is_only_date(text: str) -> bool:
    """Nothing but a date, a time or both is printed."""
    if len(text) > 80 or not any(c.isdigit() for c in text):
        return False
    rest, found = DATE.subn(" ", _GLUED.sub(" ", text))
    return found > 0 and len(_WORD.findall(_DATE_WORDS.sub(" ", rest))) <= 3


def without_date_prefix(text: str) -> str:
    """``text`` without a leading printed date and the sign that sets it off."""
    match = DATE.match(text.lstrip())
    if match is None:
        return text
    rest = text.lstrip()[match.end() :]
    return rest.lstrip(" |·•–—-:/,") if re.match(r"\s*[|·•–—:/-]", rest) else text
