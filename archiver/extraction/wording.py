"""Words that pages use for their own machinery, in the larger languages. Every use weighs them; none decides alone."""

from __future__ import annotations

import re

_MONTHS = (
    "jan feb mar apr may jun jul aug sep oct nov dec januar februar märz mai juni juli oktober dezember janvier"
    " février fevrier"
    " mars avril juin juillet août aout septembre octobre novembre décembre decembre enero febrero marzo abril mayo"
    " junio julio"
    " agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre"
    " dicembre gen"
    " mag giu lug set ott dic janeiro fevereiro março marco maio junho julho setembro outubro novembro dezembro fev"
    " abr out dez"
    " ene ago januari februari maart april mei augustus oktober december mrt okt января февраля марта апреля мая июня июля"
    " августа сентября октября ноября декабря янв фев мар апр июн июл авг сен сент окт ноя дек stycznia lutego marca"
    " kwietnia"
    " maja czerwca lipca sierpnia września października listopada grudnia ocak şubat mart nisan mayıs haziran temmuz"
    " ağustos"
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
    "sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|hours?|days?|weeks?|months?|years?|[smhdw]|минут\\w*|час\\w*|дн\\w*|день"
    "|недел\\w*"
    "|minuten?|stunden?|std|tag(?:en?)?|wochen?|monate?n?|heures?|jours?|semaines?|mois|ans?|horas?|d[ií]as?|minutos?"
    "|semanas?"
    "|meses|or[ae]|giorn[io]|minuti|settiman[ae]|mes[ei]|dagen|uur|uren|weken|dni|godzin\\w*|saat|dakika|gün"
)
# One printed date, time of day or age; what is left of a text without it says whether it was only that.
DATE = re.compile(
    rf"(?ix)(?: \b(?:19"
    rf"|20)\d\d[-/.\s年]{{1,2}}\s?\d{{1,2}}\s?[-/.月]\s?\d{{1,2}}日?(?:[T\s]\s*\d{{1,2}}:\d\d(?::\d\d)?(?:[+-]\d\d:?\d\d"
    rf"|Z)?)?"
    rf" | \b\d{{1,2}}[-/.]\s?\d{{1,2}}[-/.]\s?(?:(?:19|20)\d\d|\d\d)\b"
    rf" | (?<!\w){_DAY}\s*(?:de\s+|of\s+)?(?:{_MONTH})\w*\.?(?:,?\s*(?:de\s+|del\s+)?(?:19|20)\d\d|\b)"
    rf" | (?<!\w)(?:{_MONTH})\w*\.?\s+{_DAY}(?!\d)(?:\s*,?\s*(?:19|20)\d\d\b)?"
    rf" | (?<!\w)(?:{_MONTH})\w*\.?\s*,?\s+(?:de\s+)?(?:19|20)\d\d\b"
    rf" | (?:19|20)\d\d年\s?\d{{1,2}}月(?:\s?\d{{1,2}}日)? | \d{{1,2}}月\s?\d{{1,2}}日"
    rf" | \b\d{{1,2}}[:.h]\d\d(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|uhr|h)?(?!\w)"
    rf" | \b(?:vor|il\s+y\s+a|hace|há)\s+(?:\d+|einem?r?|une?|una?)\s+(?:{_UNIT})\b | \b\d+\s*(?:{_UNIT})\s+(?:ago"
    rf"|назад|fa|geleden|önce|temu|atrás)\b"
    rf" | \d+\s?(?:分钟|小时|天|分鐘|小時|時間|分|日)前 | \b\d+\s?[mhd]\b(?=\s*$) )"
)
_DATE_WORDS = re.compile(
    r"(?i)\b(?:on|at|am|um|le|à|el|a las|il|alle|em|às|op|om|posted|published|updated|last|veröffentlicht"
    r"|aktualisiert|stand|publié|mis à jour|publicado"
    r"|actualizado|pubblicato|aggiornato|gepubliceerd|date|datum|fecha|data|uhr|utc|gmt|est|edt|pst|cet|mon|tue|wed"
    r"|thu|fri|sat|sun"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi"
    r"|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì"
    r"|sabato|domenica"
    r"|опубликовано|обновлено|г|года)\b|[年月日发布發佈更新：]"
)
# Two dates in a row ("published", "changed") are often printed by elements that only style sheets keep apart.
_GLUED = re.compile(r"(?<=[12]\d{3})(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]")
BYLINE = re.compile(
    r"(?i)^\s*(?:(?:posted|written|published|geschrieben|escrito|publicado|scritto|pubblicato|text)?\s*(?:by|von|par"
    r"|por|di|da|door|av|af|автор|od|przez|od|της|του)"
    r"|author|autor|autore|auteur|forfatter|作者|記者|记者|文|撰文|بقلم|كتب)\s*[:：]?\s+\S"
)
_MORE = (
    "read more|more|continue|continue reading|read|read on|read the|full story|full article|learn more|see more|view"
    "|details|weiterlesen|weiter"
    "|mehr|mehr lesen|mehr erfahren|zum artikel|artikel lesen|lire|lire la suite|lire plus|en savoir plus|suite"
    "|la suite|leer|leer más|leer mas|sigue leyendo"
    "|seguir leyendo|ver más|más|más información|leggi|leggi tutto|continua|continua a leggere|leggi di più|ler"
    "|ler mais|leia|leia mais|saiba mais|continuar|mais"
    "|lees|lees meer|lees verder|verder lezen|meer|читать|читать далее|читать дальше|далее|подробнее|полностью|czytaj"
    "|czytaj więcej|czytaj dalej|więcej"
    "|læs mere|läs mer|les mer|lue lisää|číst dále|více|celý článek|opširnije|više|pročitaj više|детальніше|читати"
    "|devamı|devamını oku"
    "|続きを読む|もっと読む|記事を読む|詳細|详细|阅读更多|閱讀更多|阅读全文|閱讀全文|更多"
    "|查看全文|繼續閱讀|继续阅读|자세히|더보기|المزيد|اقرأ المزيد|إقرأ المزيد|और पढ़ें"
    "|περισσότερα|διαβάστε|διαβάστε περισσότερα|citeste mai mult|citește|tovább|bővebben|selengkapnya"
    "|baca selengkapnya|xem thêm|อ่านต่อ"
)
MORE = re.compile(
    rf"(?i)^\W*(?:{'|'.join(sorted((re.escape(w) for w in _MORE.split('|')), key=len, reverse=True))})(?:\W.{{0,12}})?$"
)
# Headings of blocks that repeat or advertise stories instead of listing the section's.
_ASIDE_PHRASE = re.compile(
    r"(?i)\b(?:most[\s-]+(?:read|popular|viewed|watched|shared|commented|clicked)|popular (?:posts?|articles?|stories"
    r"|news)|trending|recommended|related (?:posts?|articles?|stories|news|content)"
    r"|you (?:may|might)|more from|editor'?s?'? (?:picks?|choice)|must.?(?:read|watch)|don'?t miss|sponsored"
    r"|advertis\w+|newsletter|subscribe|sign up|donate|support us|follow us|upcoming events|watch/listen"
    r"|meistgelesen\w*|meist (?:gelesen|kommentiert|geklickt)\w*|beliebte\w* (?:artikel|beiträge)|empfehl\w+"
    r"|das könnte|auch interessant|anzeige|les plus (?:lus|vus|populaires|commentés)|à lire aussi|lire aussi"
    r"|articles? (?:similaires|populaires)|publicité|(?:lo )?m[áa]s (?:le[íi]d[oa]s?|vist[oa]s?|popular(?:es)?"
    r"|comentad[oa]s)|te puede interesar|(?:art[íi]culos|noticias|entradas) relacionad[oa]s|publicidad"
    r"|pi[uù] (?:letti|lette|visti|popolari|commentati)|articoli correlati|potrebbe interessarti"
    r"|potrebbero interessarti|mais (?:lid[oa]s|vist[oa]s|populares|acessad[oa]s)|not[íi]cias relacionadas"
    r"|veja também|leia também"
    r"|meest gelezen|gerelateerd\w*|najpopularniejsze|najczęściej czytane|polecane|najčitanije|популярн\w+"
    r"|самое читаемое|читайте также|похожие|рекоменду\w+|mest (?:lästa|läste|leste)|mest læste|en çok okunan\w*"
    r"|δημοφιλή)"
    r"|人気|ランキング|関連|おすすめ|热门|熱門|排行|推荐|推薦|相关|相關|猜你喜欢|الأكثر|ذات صلة|إقرأ أيضا|اقرأ أيضا|많이 본|인기"
)
_ASIDE_WHOLE = re.compile(
    r"(?i)\W*(?:popular|related|recommended|archives?|categories|tags|about(?: us| me)?|contact(?: us)?|jobs|shop"
    r"|events|partners?|comments|(?:recent|latest|new) comments|blogroll|links|kategorien|archiv|über uns"
    r"|neueste kommentare"
    r"|letzte kommentare|termine|catégories|commentaires récents|archives|categor[íi]as|comentarios recientes"
    r"|relacionad[oa]s|etiquetas|archivos|categorie|commenti recenti|archivi(?:o)?|categorias|arquivos?|comentários"
    r"|categorieën"
    r"|recente reacties|kategorie|ostatnie komentarze|archiwum|рубрики|архивы?|метки|свежие комментарии"
    r"|последние комментарии|σχετικά|カテゴリー?|アーカイブ|タグ|分类|分類|标签|標籤|归档|最近のコメント|近期评论)\W*"
)
# These head the main list as often as a side list, so they count only against smaller lists.
_RECENT_PHRASE = re.compile(
    r"(?i)\b(?:recent (?:posts?|articles?|news|stories)|latest (?:posts?|jobs|tweets|videos)|neueste (?:beiträge"
    r"|artikel)|letzte beiträge|articles récents|derniers articles|entradas recientes|articoli recenti"
    r"|ultimi articoli|posts recentes"
    r"|recente berichten|ostatnie wpisy|najnovije|свежие записи|последние записи|πρόσφατα|en yeni)"
    r"|最近の投稿|新着|近期文章|最新文章"
)


def heads_aside(heading: str, small: bool) -> bool:
    """``heading`` opens a block beside the listing; ``small``: its links are set smaller than the main list."""
    if _ASIDE_PHRASE.search(heading) or _ASIDE_WHOLE.fullmatch(heading):
        return True
    return small and bool(_RECENT_PHRASE.search(heading))


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


def date_width(text: str) -> int:
    """How many characters of ``text`` are printed dates and times."""
    if not any(c.isdigit() for c in text):
        return 0
    return sum(len(found[0]) for found in DATE.finditer(_GLUED.sub(" ", text)))
