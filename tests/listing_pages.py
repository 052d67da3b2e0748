"""Self-made section pages in the shapes that common systems print, each with what a reader finds on it.

No line of them is taken from a site; names of classes follow the systems' own templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

SITE = "https://news.example"
WORDS = (
    "harbour council votes bridge repair winter storm ferry school budget teachers hospital night shift river flood market prices fall library opens "
    "garden festival train line delay election poll mayor tax rent museum"
).split()


@dataclass(frozen=True)
class Story:
    """One story as it should be found. ``teaser`` is empty where the page prints none."""

    path: str
    headline: str
    teaser: str = ""

    @property
    def url(self) -> str:
        return self.path if self.path.startswith("http") else SITE + self.path


@dataclass(frozen=True)
class Case:
    """A page, why it is nasty, and what is on it."""

    name: str
    why: str
    html: str
    stories: tuple[Story, ...]
    next_page: str | None = None
    url: str = SITE + "/section/"


def stories(count: int, prefix: str = "/2024/05/", teaser: bool = True, start: int = 0) -> tuple[Story, ...]:
    made = []
    for i in range(start, start + count):
        words = [WORDS[(i * 5 + k * 3) % len(WORDS)] for k in range(5)]
        headline = " ".join(words).capitalize() + f" {chr(65 + i % 26)}"
        text = f"The {words[0]} of the town said on the day that {words[1]} and {words[2]} would have to wait for a second report, number {i}."
        made.append(Story(f"{prefix}{'-'.join(words)}-{i}/", headline, text if teaser else ""))
    return tuple(made)


def page(body: str, head: str = "", body_class: str = "", lang: str = "en") -> str:
    return f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>Section - Example News</title>{head}</head><body class="{body_class}">{body}</body></html>'


MENU = (
    '<nav class="main-nav"><ul>'
    + "".join(f'<li><a href="/{name}/">{name.capitalize()}</a></li>' for name in ("politics", "economy", "culture", "sport", "science", "opinion", "local"))
    + "</ul></nav>"
)
FOOT = (
    '<footer class="site-footer"><ul>'
    + "".join(f'<li><a href="/{name}/">{name.replace("-", " ").capitalize()}</a></li>' for name in ("about-us", "contact", "privacy-policy", "imprint", "jobs-at-example"))
    + "</ul></footer>"
)
OTHERS = stories(6, prefix="/2023/01/", teaser=False, start=40)


def each(made: Iterable[Story], template: Callable[[Story], str]) -> str:
    return "".join(map(template, made))


def recent(made: Sequence[Story] = OTHERS) -> str:
    return '<aside class="sidebar"><h3>Recent Posts</h3><ul>' + each(made, lambda s: f'<li><a href="{s.path}">{s.headline}</a></li>') + "</ul></aside>"


def wp(story: Story, level: str = "h2") -> str:
    return (
        f'<article class="post type-post category-{story.path[-3]} hentry"><header class="entry-header"><{level} class="entry-title"><a href="{story.path}">{story.headline}</a></{level}>'
        f'<div class="entry-meta"><span class="posted-on"><a href="{story.path}"><time datetime="2024-05-02T10:00:00Z">May 2, 2024</time></a></span> <span class="byline">by <a href="/author/ann/">Ann Miller</a></span></div></header>'
        + (f'<div class="entry-summary"><p>{story.teaser}</p><a class="more-link" href="{story.path}">Continue reading</a></div>' if story.teaser else "")
        + f'<footer><a href="/category/town/">Town</a> <a href="{story.path}#respond">Leave a comment</a></footer></article>'
    )


def make_cases() -> list[Case]:  # noqa: PLR0915
    cases: list[Case] = []
    s10, s5 = stories(10), stories(5)
    bare10 = stories(10, teaser=False)

    def add(name: str, why: str, body: str, found: Sequence[Story], next_page: str | None = None, url: str = SITE + "/section/", head: str = "", body_class: str = "", lang: str = "en") -> None:
        cases.append(Case(name, why, page(body, head, body_class, lang), tuple(found), next_page, url))

    river = each(s10, wp)
    add("wordpress classic", "dates, comments and more-links lead to the story too", f'{MENU}<main>{river}<nav class="posts-navigation"><div class="nav-previous"><a href="/category/town/page/2/">Older posts</a></div></nav></main>{recent()}{FOOT}', s10, SITE + "/category/town/page/2/", SITE + "/category/town/")
    add("names on body", "a theme's body is called sidebar, widget and recent", f'{MENU}<div class="sidebar-wrapper widget recent-posts"><div class="widget-area">{river}</div></div>{FOOT}', s10, body_class="sidebar widget recent nav-menu right-sidebar")
    add("block theme", "list of li, query pagination", MENU + '<main><ul class="wp-block-post-template">' + each(s10, lambda s: f'<li class="wp-block-post post-1 post"><figure class="wp-block-post-featured-image"><a href="{s.path}"><img src="/i.jpg" alt=""></a></figure><h2 class="wp-block-post-title"><a href="{s.path}">{s.headline}</a></h2><div class="wp-block-post-excerpt"><p class="wp-block-post-excerpt__excerpt">{s.teaser}</p><p><a class="wp-block-post-excerpt__more-link" href="{s.path}">Read more</a></p></div><div class="wp-block-post-date"><time datetime="2024-05-01">May 1, 2024</time></div></li>') + '</ul><nav class="wp-block-query-pagination"><a href="/section/?query-0-page=2" class="wp-block-query-pagination-next">Next Page</a></nav></main>' + FOOT, s10, SITE + "/section/?query-0-page=2")
    add("drupal views", "zero-based pages", MENU + '<div class="view-content">' + each(s10, lambda s: f'<div class="views-row"><article class="node node--type-article node--view-mode-teaser"><h2 class="node__title"><a href="{s.path}" rel="bookmark"><span class="field">{s.headline}</span></a></h2><div class="node__content"><div class="field--name-body"><p>{s.teaser}</p></div><ul class="links inline"><li class="node-readmore"><a href="{s.path}">Read more<span class="visually-hidden"> about {s.headline}</span></a></li></ul></div></article></div>') + '</div><nav class="pager"><ul class="pager__items"><li class="pager__item is-active"><a href="?page=0">1</a></li><li class="pager__item"><a href="?page=1">2</a></li><li class="pager__item"><a href="?page=2">3</a></li><li class="pager__item pager__item--next"><a href="?page=1" rel="next"><span>››</span></a></li><li class="pager__item pager__item--last"><a href="?page=19"><span>Last »</span></a></li></ul></nav>', s10, SITE + "/section/?page=1")
    add("joomla", "offsets, the page itself is the third", MENU + each(s10, lambda s: f'<div class="items-row"><div class="span12"><div class="item column-1" itemprop="blogPost"><div class="page-header"><h2 itemprop="name"><a href="{s.path}" itemprop="url">{s.headline}</a></h2></div><dl class="article-info muted"><dd class="createdby">Written by <span>Ann Miller</span></dd><dd class="published">Published: <time datetime="2024-05-01T10:00:00">01 May 2024</time></dd></dl><p>{s.teaser}</p><p class="readmore"><a class="btn" href="{s.path}">Read more: {s.headline}</a></p></div></div></div>') + '<div class="pagination"><p class="counter">Page 3 of 9</p><ul>' + "".join(f'<li><a href="/section?start={n * 10}" class="pagenav">{n + 1}</a></li>' for n in (0, 1, 3, 4)) + '<li class="pagination-next"><a title="Next" href="/section?start=30">Next</a></li><li class="pagination-end"><a title="End" href="/section?start=80">End</a></li></ul></div>', s10, SITE + "/section?start=30", SITE + "/section?start=20")
    add("spip", "debut_ offsets with a fragment, words in French", MENU + '<div class="liste articles"><ul class="liste-items">' + each(s10, lambda s: f'<li class="item hentry"><h3 class="h3 entry-title"><a href="{s.path}" rel="bookmark"><img class="spip_logo" src="/l.jpg" alt="">{s.headline}</a></h3><p class="info-publi"><abbr class="published" title="2024-05-01">1er mai 2024</abbr>, par <span class="vcard author">Ann Miller</span></p><div class="introduction entry-content">{s.teaser}</div></li>') + '</ul><p class="pagination"><strong class="on">0</strong> | <a href="/-Section-?debut_articles=10#pagination_articles" class="lien_pagination">10</a> | <a href="/-Section-?debut_articles=20#pagination_articles" class="lien_pagination">20</a></p></div>', s10, SITE + "/-Section-?debut_articles=10", SITE + "/-Section-", lang="fr")
    add("typo3", "a check sum in the paging URL", MENU + '<div class="news-list-view">' + each(s10, lambda s: f'<div class="article articletype-0" itemscope><div class="header"><h3><a itemprop="url" title="{s.headline}" href="{s.path}"><span itemprop="headline">{s.headline}</span></a></h3></div><div class="teaser-text"><div itemprop="description"><p>{s.teaser}</p></div><a class="more" title="{s.headline}" href="{s.path}">Weiterlesen</a></div><div class="footer"><p><span class="news-list-date"><time datetime="2024-05-01">01.05.2024</time></span></p></div></div>') + '<ul class="f3-widget-paginator"><li class="current">1</li><li><a href="/section/?tx_news_pi1%5BcurrentPage%5D=2&amp;cHash=0c5f12ab34cd56ef0c5f12ab34cd56ef">2</a></li><li><a href="/section/?tx_news_pi1%5BcurrentPage%5D=3&amp;cHash=9d8e7f6a5b4c3d2e9d8e7f6a5b4c3d2e">3</a></li><li class="next"><a href="/section/?tx_news_pi1%5BcurrentPage%5D=2&amp;cHash=0c5f12ab34cd56ef0c5f12ab34cd56ef">nächste</a></li></ul></div>', s10, SITE + "/section/?tx_news_pi1%5BcurrentPage%5D=2&cHash=0c5f12ab34cd56ef0c5f12ab34cd56ef", lang="de")
    add("ghost", "headline inside a linked block, excerpt beside", MENU + '<div class="post-feed">' + each(s10, lambda s: f'<article class="post-card post"><a class="post-card-image-link" href="{s.path}"><img src="/i.jpg" alt=""></a><div class="post-card-content"><a class="post-card-content-link" href="{s.path}"><header class="post-card-header"><div class="post-card-tags"><span class="post-card-primary-tag">Town</span></div><h2 class="post-card-title">{s.headline}</h2></header><div class="post-card-excerpt">{s.teaser}</div></a><footer class="post-card-meta"><time datetime="2024-05-01">01 May 2024</time><span class="post-card-meta-length">4 min read</span></footer></div></article>') + '</div><nav class="pagination"><span class="page-number">Page 1 of 9</span><a class="older-posts" href="/section/page/2/">Older Posts →</a></nav>', s10, SITE + "/section/page/2/")
    add("blogger", "whole posts, dates as headings, the next page is a cursor", MENU + '<div class="blog-posts">' + each(s5, lambda s: f'<div class="date-outer"><h2 class="date-header"><span>Wednesday, 1 May 2024</span></h2><div class="date-posts"><div class="post-outer"><div class="post hentry"><h3 class="post-title entry-title"><a href="{s.path}">{s.headline}</a></h3><div class="post-body entry-content"><p>{s.teaser} See <a href="https://other.example/a/long-link-in-the-text">another paper of the region</a> for more of it.</p><p>{s.teaser}</p></div><div class="post-footer">Posted by <a href="/profile/1">Ann</a> at <a href="{s.path}">10:00</a></div></div></div></div></div>') + '</div><div class="blog-pager"><a class="blog-pager-older-link" href="/search?updated-max=2024-04-01T10:00:00Z&amp;max-results=5">Older Posts</a><a class="home-link" href="/">Home</a></div>' + recent(), s5, SITE + "/search?updated-max=2024-04-01T10:00:00Z&max-results=5", SITE + "/")
    add("one anchor cards", "the card is one link with label, headline, teaser and time inside", MENU + '<div class="grid">' + each(s10, lambda s: f'<a class="group flex" href="{s.path}"><img src="/i.jpg" alt=""><div><span class="text-xs">Politics</span><h3 class="text-xl">{s.headline}</h3><p class="text-sm">{s.teaser}</p><time datetime="2024-05-01">2 hours ago</time></div></a>') + '</div><button class="load-more" data-url="/section/?page=2">Load more</button>', s10, SITE + "/section/?page=2")
    add("spans only", "no heading at all: topline, headline and text are spans of one link", MENU + '<div class="teaserlist">' + each(s10, lambda s: f'<div class="teaser"><a class="teaser__link" href="{s.path}"><span class="teaser__topline">Kommune</span><span class="teaser__headline">{s.headline}</span><p class="teaser__shorttext">{s.teaser} <span class="teaser__more">mehr</span></p></a></div>') + '</div><ul class="paginierung"><li class="next"><a href="/section/index~_page-2.html" title="weiter"></a></li></ul>', s10, SITE + "/section/index~_page-2.html", lang="de")
    hero = stories(1, start=30) + stories(2, start=31, teaser=False)
    add("hero and river", "lead, grid and river in three templates", f'{MENU}<main><section class="hero"><a href="{hero[0].path}"><img src="/h.jpg" alt=""></a><h1><a href="{hero[0].path}">{hero[0].headline}</a></h1><p class="dek">{hero[0].teaser}</p></section><div class="grid-2">' + each(hero[1:], lambda s: f'<div class="grid-item"><a href="{s.path}"><img src="/i.jpg" alt=""></a><h3><a href="{s.path}">{s.headline}</a></h3></div>') + f'</div><div class="river">{river}</div><div class="pagination"><a href="/section/2/">2</a><a href="/section/3/">3</a><a class="next" href="/section/2/"><i class="fa fa-angle-right"></i></a></div></main>{recent()}', (*hero, *s10), SITE + "/section/2/")
    front = [stories(4, start=k * 4, teaser=False) for k in range(4)]
    add("front page", "blocks with linked headings of their own, most read at the end", MENU + "<main>" + "".join(f'<section class="block-{k}"><h2><a href="/topic-{k}/">Topic {name}</a></h2><div class="row">' + each(group, lambda s: f'<div class="card"><a href="{s.path}"><img src="/i.jpg" alt=""></a><h3><a href="{s.path}">{s.headline}</a></h3></div>') + "</div></section>" for k, (group, name) in enumerate(zip(front, ("town", "land", "sea", "sky"), strict=True))) + '<section class="list-block"><h2>Most read</h2><ol>' + each(OTHERS, lambda s: f'<li><h3><a href="{s.path}">{s.headline}</a></h3></li>') + f"</ol></section></main>{FOOT}", tuple(s for group in front for s in group), url=SITE + "/")
    mega = stories(16, start=60, teaser=False)
    add("mega menu", "the menu holds more cards than the list", '<header><nav><ul class="menu"><li class="menu-item"><a href="/town/">Town</a><div class="mega-menu">' + each(mega, lambda s: f'<div class="mega-card"><a href="{s.path}"><img src="/i.jpg" alt=""></a><h3><a href="{s.path}">{s.headline}</a></h3></div>') + f"</div></li></ul></nav></header><main>{each(s5, wp)}</main>", s5)
    add("table", "dates and titles in rows, no headings", MENU + '<table class="category"><tbody>' + each(bare10, lambda s: f'<tr><td class="list-date">01.05.2024</td><td class="list-title"><a href="{s.path}">{s.headline}</a></td><td>12</td></tr>') + "</tbody></table>", bare10)
    add("flat list", "heading, text, heading, text without wrappers", MENU + '<div id="content"><h1>Town</h1>' + each(s10, lambda s: f'<h2><a href="{s.path}">{s.headline}</a></h2><div class="meta">1 May 2024 by Ann Miller</div><p>{s.teaser}</p>') + '<p class="pages">Pages: 1 <a href="/section/?p=2">2</a> <a href="/section/?p=3">3</a></p></div>', s10, SITE + "/section/?p=2")
    add("definition list", "dt and dd", MENU + "<main><dl>" + each(s10, lambda s: f'<dt><a href="{s.path}">{s.headline}</a></dt><dd>{s.teaser}</dd>') + "</dl></main>", s10)
    add("bare links", "nothing but dated links", MENU + "<main><h1>Archive</h1><ul>" + each(bare10, lambda s: f'<li>2024-05-01 <a href="{s.path}">{s.headline}</a></li>') + "</ul></main>", bare10)
    add("one entry", "a single story under a richer side list", f'{MENU}<main><h1>Town</h1>{wp(s5[0])}</main>{recent()}{FOOT}', s5[:1])
    away = tuple(Story(f"https://paper-{i}.example/story/{i}-{s.path.split('/')[3]}", s.headline, s.teaser) for i, s in enumerate(s10))
    add("other hosts", "every entry leads to another paper", f"{MENU}<main>" + each(away, lambda s: f'<div class="item"><h3><a href="{s.path}">{s.headline}</a></h3><p>{s.teaser}</p><span class="source">paper.example</span></div>') + f"</main>{FOOT}", away)
    kanji = tuple(Story(f"/?p={100 + i}", text, f"{text}のことを書いておきたいと思いながら、もう一週間が過ぎてしまった。町の人たちは静かに暮らしている。") for i, text in enumerate(("信用", "粗食", "退路", "猫", "雪道", "祭り", "市場")))
    add("two kanji", "headlines of two signs, addresses without a slug", '<div id="side"><ul><li><a href="/?cat=1">日記</a></li><li><a href="/?cat=2">写真</a></li></ul></div><div id="main">' + each(kanji, lambda s: f'<article class="post"><h1 class="entry-title"><a href="{s.path}">{s.headline}</a></h1><div class="entry-content"><p>{s.teaser}</p></div><footer><a href="/?cat=1">日記</a></footer></article>') + '<nav class="navigation"><a href="/?paged=2">← 以前の投稿</a></nav></div>', kanji, SITE + "/?paged=2", SITE + "/", lang="ja")
    han = tuple(Story(f"/a/2024/0501/{100 + i}.html", text) for i, text in enumerate(("市政府公布新的公共交通规划方案", "北方多地迎来今年第一场大雪", "科学家在深海发现新的鱼类", "图书馆周末延长开放时间", "地铁三号线明年开工建设", "老城区改造项目正式启动", "本市举行青少年足球联赛")))
    add("chinese list", "page files with the list's own number in their name", '<div class="nav"><a href="/a/">首页</a><a href="/b/">新闻</a></div><div class="listbox"><ul class="e2">' + each(han, lambda s: f'<li><a href="{s.path}">{s.headline}</a><span>2024-05-01</span></li>') + '</ul></div><div class="dede_pages"><ul class="pagelist"><li class="thisclass">1</li><li><a href="list_48_2.html">2</a></li><li><a href="list_48_3.html">3</a></li><li><a href="list_48_2.html">下一页</a></li><li><a href="list_48_9.html">末页</a></li></ul></div>', han, SITE + "/a/list_48_2.html", SITE + "/a/", lang="zh")
    arabic = tuple(Story(f"/news/{3000 + i}", text, f"قال المتحدث باسم المدينة اليوم إن العمل في المشروع سيبدأ في الأسبوع القادم بعد تأخير طويل {i}") for i, text in enumerate(("افتتاح مكتبة جديدة في وسط المدينة", "الأمطار تغلق طرقا في الشمال", "انطلاق مهرجان الكتاب غدا", "ارتفاع أسعار الخضار في السوق", "تأجيل مباراة الفريق المحلي")))
    add("arabic", "right to left, bylines before teasers", '<div dir="rtl"><ul class="top"><li><a href="/s/1">سياسة</a></li><li><a href="/s/2">اقتصاد</a></li></ul>' + each(arabic, lambda s: f'<div class="news-box"><a href="{s.path}"><img src="/i.jpg" alt=""></a><h4><a href="{s.path}">{s.headline}</a></h4><span class="writer">بقلم: أحمد علي</span><p>{s.teaser}</p></div>') + '<div class="paging"><a href="/s/1?page=1">السابق</a><a href="/s/1?page=3">التالي</a></div></div>', arabic, SITE + "/s/1?page=3", SITE + "/s/1?page=2", lang="ar")
    cyr = tuple(Story(f"/20240501/{s.path.split('-')[-1].strip('/')}77001{i}.html", text) for i, (s, text) in enumerate(zip(s10, ("Город утвердил план ремонта моста", "Зимой паром будет ходить реже", "Школы получат новые учебники", "В музее открылась выставка", "Река вышла из берегов", "Жители просят вернуть автобус"), strict=False)))
    add("cyrillic feed", "title links by name only, counters and tags around", '<div class="menu"><a href="/politics/">Политика</a><a href="/economy/">Экономика</a></div><div class="list">' + each(cyr, lambda s: f'<div class="list-item"><div class="list-item__content"><a class="list-item__image" href="{s.path}"><img src="/i.jpg" alt=""></a><a class="list-item__title color-font-hover-only" href="{s.path}">{s.headline}</a></div><div class="list-item__info"><div class="list-item__date">1 мая, 10:15</div><div class="list-item__views">1204</div></div><div class="list-item__tags"><a href="/tag/a/">Город</a><a href="/tag/b/">Общество</a></div></div>') + '</div><div class="list-more" data-url="/services/section/more.html?id=77&amp;page=2">Еще</div>', cyr, SITE + "/services/section/more.html?id=77&page=2", lang="ru")
    appeal = '<article class="post"><h2 class="entry-title"><a href="{0}">Urgent end of year campaign</a></h2><p>Online gifts are back! Keep this paper alive with a monthly gift.</p></article>'
    tagged = stories(15)
    add("appeals", "two fundraising blocks with headings at the end of a tag page", MENU + '<main><h1>Solidarity</h1><div class="posts">' + each(tagged, lambda s: f'<article class="post hentry"><h2 class="entry-title"><a href="{s.path}">{s.headline}</a></h2><div class="entry-summary"><p>{s.teaser}</p></div></article>') + '</div><div class="donate-box"><h2><a href="/donate/">Urgent end of year campaign</a></h2><p>Online gifts are back!</p></div></main><div class="popup newsletter"><h2><a href="https://gifts.example/form">Urgent end of year campaign</a></h2><p>Keep this paper alive.</p></div>', tagged, url=SITE + "/tag/solidarity/")
    _ = appeal
    related = each(s5, lambda s: wp(s).replace("</article>", '<div class="related"><h4>Read also</h4><ul>' + each(OTHERS[:2], lambda o: f'<li><a href="{o.path}">{o.headline}</a></li>') + "</ul></div></article>"))
    add("related inside", "each entry lists two older stories", f"{MENU}<main>{related}</main>", s5)
    full = each(s5, lambda s: f'<article class="post"><h1 class="entry-title"><a href="{s.path}">{s.headline}</a></h1><div class="entry-content"><p>{s.teaser}</p><h3><a href="https://games.example/{s.path[-3]}">A linked heading in the text</a></h3><p>{s.teaser} More <a href="https://x.example/a-very-long-address-{s.path[-3]}">in this rather long linked phrase</a>.</p><h3><a href="https://tools.example/{s.path[-3]}">Another one of them</a></h3><p>Text.</p></div></article>')
    add("whole posts", "posts printed in full have linked headings and links of their own", f"{MENU}<main>{full}</main>", s5)
    add("ticker and popular", "the same stories run in a ticker and a popular list", f'<div class="breaking-news ticker"><ul>' + each(OTHERS, lambda s: f'<li><a href="{s.path}">{s.headline}</a></li>') + f'</ul></div>{MENU}<main>{river}</main><div class="widget popular-posts">' + each(OTHERS, lambda s: f'<div class="post-item"><a href="{s.path}"><img src="/i.jpg" alt=""></a><h4><a href="{s.path}">{s.headline}</a></h4></div>') + "</div>", s10)
    add("wrong canonical", "canonical and og:url name another page", f"{MENU}<main>{river}</main>", s10, head='<link rel="canonical" href="https://news.example/2020/old-story/"><meta property="og:url" content="https://elsewhere.example/">')
    add("relative to base", "hrefs resolve against base", "<main>" + each(bare10, lambda s: f'<h3><a href="{s.path.lstrip("/")}">{s.headline}</a></h3>') + "</main>", bare10, head=f'<base href="{SITE}/">', url="https://mirror.example/some/where/")
    return cases


def paging_cases() -> list[tuple[str, str, str, str | None]]:
    """``(why, url, html of the pager, next page)``."""
    here = SITE + "/category/town/"
    return [
        ("rel=next on the link", here, '<a rel="next" href="/category/town/page/2/">x</a>', here + "page/2/"),
        ("numbers only", here + "page/2/", '<div class="pagination"><a href="/category/town/">1</a><span>2</span><a href="/category/town/page/3/">3</a><a href="/category/town/page/4/">4</a></div>', here + "page/3/"),
        ("an icon only", here + "page/2/", '<div class="nav-links"><a href="/category/town/"><i class="icon-arrow-left"></i></a><a href="/category/town/page/3/"><i class="icon-arrow-right"></i></a></div>', here + "page/3/"),
        ("previous leads on", here + "page/2/", '<div class="navigation"><a href="/category/town/page/3/">« Previous</a><a href="/category/town/">Next »</a></div>', here + "page/3/"),
        ("previous leads on from the first page", here, '<div class="navigation"><a href="/category/town/page/2/">« Previous page</a></div>', here + "page/2/"),
        ("last page: newer only", here + "page/7/", '<div class="navigation"><a href="/category/town/page/6/">Newer posts →</a></div>', None),
        ("last page: a next that leads back", here + "page/7/", '<div class="pagination"><a href="/category/town/page/6/">6</a><span>7</span><a class="next" href="/category/town/page/1/">Next</a></div>', None),
        ("last page: next is the page itself", here + "page/7/", '<div class="pagination"><a href="/category/town/page/6/">6</a><a class="next" href="/category/town/page/7/">Next</a></div>', None),
        ("load more in a data attribute", here, '<div class="load-more" data-next-url="/category/town/?page=2">More</div>', here + "?page=2"),
        ("path number without a word", SITE + "/news", '<div class="pager"><a href="/news/2">2</a><a href="/news/3">3</a></div>', SITE + "/news/2"),
        ("file number", SITE + "/news/index.html", '<div class="pages"><a href="/news/index_2.html">2</a><a href="/news/index_3.html">3</a><a href="/news/index_2.html">下一页</a></div>', SITE + "/news/index_2.html"),
        ("suffix p", SITE + "/events", '<ul class="pagination"><li><a href="/events/p2">2</a></li><li><a href="/events/p3">3</a></li></ul>', SITE + "/events/p2"),
        ("bitrix", SITE + "/news/?PAGEN_1=4", '<div class="nav-pages"><a href="/news/?PAGEN_1=3">3</a><b>4</b><a href="/news/?PAGEN_1=5">5</a></div>', SITE + "/news/?PAGEN_1=5"),
        ("other parameters stay", SITE + "/list?limit=10&start=80", '<div class="pagination"><a href="/list?limit=10&amp;start=70">8</a><a href="/list?limit=10&amp;start=90">10</a><a href="/list?limit=20&amp;start=80">20</a></div>', SITE + "/list?limit=10&start=90"),
        ("calendar days are no pages", SITE + "/2024/05/", '<table id="wp-calendar"><tr><td><a href="/2024/05/01/">1</a></td><td><a href="/2024/05/02/">2</a></td></tr></table><ul><li><a href="/2024/04/">April 2024</a></li></ul>', None),
        ("archive of months is no paging", SITE + "/2024/05/", '<ul class="archive"><li><a href="/2024/04/">April 2024</a></li><li><a href="/2024/06/">June 2024</a></li></ul>', None),
        ("date archive with pages", SITE + "/2024/05/", '<nav class="navigation pagination"><a class="page-numbers" href="/2024/05/page/2/">2</a><a class="next page-numbers" href="/2024/05/page/2/">Next</a></nav>', SITE + "/2024/05/page/2/"),
        ("mirror file names", SITE + "/blog%3Fpage=14.html", '<ul class="pager"><li><a href="blog%3Fpage=13.html">14</a></li><li><a href="blog%3Fpage=15.html">16</a></li><li class="pager-next"><a href="blog%3Fpage=15.html">下一頁</a></li></ul>', SITE + "/blog%3Fpage=15.html"),
        ("words in Russian", SITE + "/novosti/", '<div class="pages"><a href="/novosti/page/2/">Следующая</a></div>', SITE + "/novosti/page/2/"),
        ("words in Greek", SITE + "/nea/", '<div class="pagination"><a href="/nea/?start=20">Επόμενο</a></div>', SITE + "/nea/?start=20"),
        ("words in Hindi", SITE + "/samachar/", '<div class="pagination"><a href="/samachar/page/2/">पुराने पोस्ट</a></div>', SITE + "/samachar/page/2/"),
        ("cursor", SITE + "/feed/", '<a class="next" href="/feed/?after=zx81">Older stories</a>', SITE + "/feed/?after=zx81"),
        ("nothing", here, '<p>That was all.</p>', None),
        ("next story is no next page", here, '<div class="post-navigation"><a href="/2024/05/story-one-two-three/">Next</a></div>', None),
    ]  # fmt: skip
