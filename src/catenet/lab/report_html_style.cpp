// The page's looks. Colours keep a contrast of 4.5 to their ground (WCAG 2.2, 1.4.3) in both
// schemes, and none says anything alone.
#include "catenet/lab/report_page.hpp"

namespace catenet::lab {
namespace {

constexpr std::string_view text_and_tables = R"(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--soft:#59636e;--line:#d5dae0;
--card:#f5f7f9;--ok:#14692b;--okbg:#def5e3;--bad:#b3161b;--badbg:#fde5e3;--accent:#0a58ad;
--data:#0a58ad;--ack:#14692b;--win:#8f5500;--sack:#7a35b8;--bar:#3f83c6;--area:#9cc3ea}
@media (prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e4e8ec;--soft:#9aa5b1;
--line:#323a43;--card:#181e25;--ok:#5fd07c;--okbg:#143320;--bad:#ff8a84;--badbg:#431a1b;
--accent:#76b5f5;--data:#76b5f5;--ack:#5fd07c;--win:#e0a63f;--sack:#c795f5;--bar:#3f83c6;
--area:#2c5b8c}}*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;
padding:1.5rem 1.25rem 4rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.875em}
a{color:var(--accent);text-underline-offset:.15em}h1{margin:.1rem 0 .4rem;font-size:2.1rem;
line-height:1.2;overflow-wrap:anywhere}h2{margin:0 0 .5rem;font-size:1.3rem}
section{margin-top:2.75rem}.kind{margin:0;color:var(--soft);font-size:.85rem;
letter-spacing:.06em;text-transform:uppercase}.lead{margin:.2rem 0 1rem;font-size:1.1rem;
color:var(--soft);max-width:60rem}.verdict{display:inline-block;margin-left:.4rem;
padding:.1em .55em;border-radius:.4em;border:1px solid;font-size:1.1rem;vertical-align:.3em;
white-space:nowrap}.verdict.ok{background:var(--okbg);color:var(--ok)}
.verdict.bad{background:var(--badbg);color:var(--bad)}.ok{color:var(--ok)}
.bad{color:var(--bad)}.soft,.more{color:var(--soft)}.soft{font-size:.92em}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.75rem;
margin:1.2rem 0;padding:0;list-style:none}.tiles li{padding:.7rem .9rem;
border:1px solid var(--line);border-radius:.6rem;background:var(--card);color:var(--soft);
font-size:.9rem}.tiles strong{display:block;color:var(--fg);font-size:1.45rem;line-height:1.25}
.tiles .bad{border-color:var(--bad);background:var(--badbg)}.tiles .bad strong{color:var(--bad)}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:0}
.facts div{display:flex;gap:.45rem}.facts dt{color:var(--soft)}
.facts dd{margin:0}.faults{margin-top:1.5rem;padding:.8rem 1.1rem;border:1px solid var(--bad);
border-left-width:6px;border-radius:.4rem;background:var(--badbg)}
.faults ul{margin:0;padding:0;list-style:none}.faults li,.fault{overflow-wrap:anywhere}
.fault{margin:.25rem 0;color:var(--bad)}.scroll{overflow-x:auto;margin:.6rem 0 1.4rem}
table{width:100%;border-collapse:collapse;font-size:.92rem}caption{padding:.3rem 0;
color:var(--soft);text-align:left}th,td{padding:.35rem .7rem .35rem 0;
border-top:1px solid var(--line);text-align:left;vertical-align:top}
thead th{border-top:0;border-bottom:2px solid var(--line);color:var(--soft);font-weight:600;
white-space:nowrap}tbody th{font-weight:500;white-space:nowrap}
)";

constexpr std::string_view pictures_and_print = R"(
.n{text-align:right;white-space:nowrap}td.ok,td.bad{white-space:nowrap;font-weight:600}
.wide{width:100%;min-width:24rem;overflow-wrap:anywhere}.counter{display:inline-block;
margin-right:.8rem;color:var(--soft)}.counter b{color:var(--fg);font-weight:500}
:target{background:var(--card);outline:2px solid var(--accent);outline-offset:2px}
details{margin:.3rem 0}summary{cursor:pointer;color:var(--soft);font-size:.9rem}
pre{margin:.3rem 0;padding:.7rem .9rem;overflow:auto;max-height:32rem;
border:1px solid var(--line);border-radius:.4rem;background:var(--card);white-space:pre-wrap;
overflow-wrap:anywhere;unicode-bidi:isolate}figure{margin:.8rem 0 1.6rem}
figcaption{font-weight:600;overflow-wrap:anywhere}.way{margin:.4rem 0}
.graph{padding:1rem 1.1rem;border:1px solid var(--line);border-radius:.6rem;break-inside:avoid}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(21rem,1fr));gap:1rem}
.small{margin:0;padding:.7rem .9rem;border:1px solid var(--line);border-radius:.6rem;
font-size:.88rem;break-inside:avoid}.small .soft{margin-left:.4rem;font-weight:400}
.badt{color:var(--bad);fill:var(--bad);font-weight:600}svg{display:block;width:100%;height:auto;
margin-top:.4rem}svg.defs{position:absolute;width:0;height:0}
#timeline svg,.graph svg{min-width:44rem}.graph{overflow-x:auto}
text{font:13px system-ui,sans-serif;fill:var(--fg)}.t{font-size:12px;fill:var(--soft)}
.m{font-size:12px;font-weight:700;fill:var(--fg)}.okt{fill:var(--ok);font-weight:700}
.badt{fill:var(--bad);font-weight:700}path{fill:none}.grid,.axis{stroke:var(--line);
stroke-width:1}.d{stroke:var(--data);stroke-width:2}.r{stroke:var(--bad);stroke-width:2.5}
.x{stroke:var(--bad);stroke-width:2}.a{stroke:var(--ack);stroke-width:1.6}
.w{stroke:var(--win);stroke-width:1.6;stroke-dasharray:7 3}.k{stroke:var(--sack);stroke-width:3;
stroke-opacity:.55}.load{fill:var(--area);stroke:var(--bar);stroke-width:1}
.lost{fill:var(--bad)}.okbar{fill:var(--bar)}.bgbar{fill:var(--area);stroke:var(--bar);
stroke-dasharray:4 3}.badbar{fill:url(#hatch);stroke:var(--bad);stroke-width:1.5}
rect.bad{fill:var(--badbg)}.stripe{stroke:var(--bad);stroke-width:4}
.change{stroke:var(--win);stroke-dasharray:3 4}.diamond{fill:var(--win)}
.diamond.bad{fill:var(--bad)}@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;
--card:#fff;--ok:#14692b;--okbg:#fff;--bad:#b3161b;--badbg:#fff;--accent:#000;--data:#0a58ad;
--ack:#14692b;--win:#8f5500;--sack:#7a35b8;--bar:#3f83c6;--area:#9cc3ea}
body{max-width:none;padding:0;font-size:10.5pt}.scroll,.graph{overflow:visible}
pre{max-height:none}#timeline svg,.graph svg{min-width:0}section{margin-top:1.4rem}
tr,.tiles{break-inside:avoid}h2{break-after:avoid}details::details-content{
content-visibility:visible;height:auto}}
)";

}  // namespace

std::string page_style() { return std::string(text_and_tables) + std::string(pictures_and_print); }

}  // namespace catenet::lab
