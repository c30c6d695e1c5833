/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The look of the HTML pages on screens and on paper, and the script that shows values under the pointer.
 * The page is fully readable without the script. Colours are variables, so that dark screens and paper
 * change only those. Text has a contrast of at least 4.5:1 on its background in both. Neither text
 * contains a character that XML would have to escape.
 */
#include "report/html/markup.h"

/* s0 to s10: the SLO levels, from dark green over yellow to dark red as in the text report. */
#define LIGHT                                                                                                \
	"--ground:#f7f8f8;--sheet:#fff;--ink:#1a1e22;--soft:#59616a;--line:#dfe3e6;--grid:#e8ebed;"          \
	"--a:#0a66c2;--b:#b3420d;--c:#5b6570;--ok:#15703a;--warn:#8a5300;--bad:#b3261e;--tint:#fff6e5;"      \
	"--s0:#00531c;--s1:#0b7430;--s2:#24933f;--s3:#4dac3c;--s4:#85bd33;--s5:#b4c72b;--s6:#e2c619;"        \
	"--s7:#efa021;--s8:#e5681e;--s9:#cf2d22;--s10:#850f1e;"
#define DARK                                                                                                 \
	"--ground:#121518;--sheet:#1a1e22;--ink:#e7eaec;--soft:#a3acb5;--line:#30363c;--grid:#262b30;"       \
	"--a:#66b2ff;--b:#ff9e64;--c:#9aa5b1;--ok:#63cf8b;--warn:#f0b84c;--bad:#ff8a80;--tint:#2b2416;"      \
	"--s0:#1d7a3d;--s1:#27964b;--s2:#3bb05a;--s3:#67c257;--s4:#94cf4b;--s5:#bdd845;--s6:#e9d13c;"        \
	"--s7:#f2b040;--s8:#ef8340;--s9:#e8544a;--s10:#bf3a4b;"

const char *const html_style[] = {
    ":root{color-scheme:light dark;" LIGHT "}\n"
    "@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;"
    "font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}\n"
    "main{max-width:1180px;margin:0 auto;padding:28px 20px 40px}\n"
    "h1{font-size:22px;line-height:1.3;font-weight:650;margin:0 0 2px;overflow-wrap:anywhere}\n"
    "h1 span{color:var(--soft);font-weight:400}\n"
    "header p{margin:0;color:var(--soft)}time{white-space:nowrap}\n"
    "h2{font-size:17px;font-weight:650;margin:0 0 12px}\n"
    "section{background:var(--sheet);border:1px solid var(--line);border-radius:8px;padding:18px 20px;"
    "margin-top:16px}\n"
    /* headline */
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;margin:18px 0 0;"
    "background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden}\n"
    ".cards div{background:var(--sheet);padding:12px 16px}\n"
    ".cards dt{color:var(--soft);font-size:13px}\n"
    ".cards dd{margin:0;font-size:23px;font-weight:600;line-height:1.3;white-space:nowrap}\n"
    ".cards small{display:block;color:var(--soft);font-size:13px;font-weight:400;white-space:normal}\n"
    ".banner{margin:12px 0 0;padding:10px 14px;border:1px solid var(--line);border-left-width:4px;"
    "border-radius:6px;background:var(--sheet);overflow-wrap:anywhere}\n"
    ".banner.alert{border-left-color:var(--bad);background:var(--tint)}\n"
    ".banner.alert strong{color:var(--bad)}\n",
    /* columns, tables */
    ".columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px 32px;"
    "align-items:start}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px}.columns+.wide,.columns+p,.wide+.wide{margin-"
    "top:16px}\n"
    "caption{text-align:left;color:var(--soft);padding-bottom:4px}\n"
    "th,td{padding:4px 0 4px 14px;text-align:right;font-weight:400;border-top:1px solid var(--grid);"
    "white-space:nowrap;vertical-align:top}\n"
    "thead th{color:var(--soft);font-size:13px;border-top:0;vertical-align:bottom}\n"
    "th:first-child,td:first-child{text-align:left;padding-left:0}\n"
    "td.text,th.text{text-align:left;white-space:normal;min-width:9.5em;overflow-wrap:break-word}\n"
    ".facts td{text-align:left;white-space:normal;overflow-wrap:anywhere}\n"
    ".facts th{color:var(--soft);width:38%;white-space:normal}\n"
    "code{font-size:13px;user-select:all}\n"
    "p{margin:8px 0 0}\n"
    ".hush{color:var(--soft);font-size:13px}\n"
    ".ok{color:var(--ok)}.notice{color:var(--soft)}.warning{color:var(--warn)}.critical,.out{color:var(--bad)"
    "}\n"
    "tr.picked th,tr.picked td{font-weight:650;background:var(--grid)}\n"
    "i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:7px;vertical-align:-1px;"
    "border:1px solid rgb(0 0 0/.35)}\n"
    "details{margin-top:8px;font-size:14px}summary{color:var(--soft);cursor:pointer;width:fit-content}\n"
    "footer{margin-top:20px;color:var(--soft);font-size:13px}\n",
    /* plots */
    "figure{margin:0;min-width:0}figcaption{font-weight:600;font-size:14px}\n"
    ".plot{display:block;width:100%;height:auto;margin-top:2px}\n"
    ".plot text{font-size:11.5px;fill:var(--soft)}\n"
    ".plot .x{text-anchor:middle}.plot .y,.plot .before{text-anchor:end}\n"
    ".plot .before,.plot .after{paint-order:stroke;stroke:var(--sheet);stroke-width:4px;fill:var(--ink)}\n"
    ".grid{stroke:var(--grid)}.axis,.tick{stroke:var(--c)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:0;padding:0;font-size:13px;"
    "color:var(--soft)}\n"
    ".legend svg{width:20px;height:10px;margin-right:6px}\n"
    "path{fill:none;stroke-linecap:round;stroke-linejoin:round;stroke-width:2px}\n"
    ".first{stroke:var(--a)}.second{stroke:var(--b)}.third{stroke:var(--c);stroke-width:1.5px}\n"
    ".dashed{stroke:var(--c);stroke-dasharray:5 5}\n"
    ".rule{stroke:var(--c);stroke-width:1px;stroke-dasharray:3 3}.knee{stroke:var(--ok);stroke-width:1.5px}\n"
    ".bar-first{stroke:var(--a);stroke-width:1px}.bar-second{stroke:var(--b);stroke-width:1px}\n"
    ".mark-first{fill:var(--a)}.mark-second{fill:var(--b)}.mark-out{stroke:var(--bad);stroke-width:2px}\n"
    ".heat{fill:var(--a);stroke:none}.heat-1{fill-opacity:.12}.heat-2{fill-opacity:.26}"
    ".heat-3{fill-opacity:.42}.heat-4{fill-opacity:.6}.heat-5{fill-opacity:.8}\n"
    ".fill-bad{fill:var(--bad)}.shade{fill:var(--c);fill-opacity:.09}\n",
    ".s0,.s1,.s2,.s3,.s4,.s5,.s6,.s7,.s8,.s9,.s10{stroke:rgb(0 0 0/.35);stroke-width:.7px}\n"
    ".s0{fill:var(--s0);background:var(--s0)}.s1{fill:var(--s1);background:var(--s1)}"
    ".s2{fill:var(--s2);background:var(--s2)}.s3{fill:var(--s3);background:var(--s3)}"
    ".s4{fill:var(--s4);background:var(--s4)}.s5{fill:var(--s5);background:var(--s5)}"
    ".s6{fill:var(--s6);background:var(--s6)}.s7{fill:var(--s7);background:var(--s7)}"
    ".s8{fill:var(--s8);background:var(--s8)}.s9{fill:var(--s9);background:var(--s9)}"
    ".s10{fill:var(--s10);background:var(--s10)}\n"
    ".hint{fill:transparent}.hint:hover{fill:var(--c);fill-opacity:.14}\n"
    "#tip{position:fixed;z-index:1;pointer-events:none;max-width:260px;padding:6px 10px;font-size:13px;"
    "white-space:pre-line;border-radius:6px;background:var(--ink);color:var(--sheet)}\n"
    "#tip[hidden]{display:none}\n"
    "@media (max-width:600px){main{padding:16px 12px 28px}section{padding:14px 14px}h1{font-size:19px}"
    ".plot text{font-size:15px}.cards{grid-template-columns:1fr 1fr}.cards "
    "dd{font-size:20px}table{font-size:13px}th,td{padding-left:9px}tbody th{white-space:normal}}\n"
    "@media print{:root{color-scheme:light;" LIGHT "--ground:#fff}body{font-size:11px}main{max-width:none;"
    "padding:0}h1{font-size:18px}h2{font-size:14px;break-after:avoid}section{padding:12px 14px}"
    "figure,tr,.cards,.banner{break-inside:avoid}table{font-size:10.5px}th,td{padding:3px 0 3px 8px}"
    "thead th,figcaption,.hush,.legend,.cards dt,.cards small{font-size:10.5px}.cards dd{font-size:17px}"
    ".cards{grid-template-columns:repeat(3,1fr)}.columns{grid-template-columns:1fr 1fr;gap:14px 24px}"
    ".wide{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}#tip{display:none}}"
    "\n",
    NULL,
};

const char html_script[] =
    "\n"
    "const tip = document.getElementById('tip');\n"
    "document.querySelectorAll('.hint').forEach(hint => {\n"
    "  const text = hint.firstChild.textContent;\n"
    "  hint.firstChild.remove();\n"
    "  const show = event => {\n"
    "    tip.textContent = text;\n"
    "    tip.hidden = false;\n"
    "    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - "
    "tip.offsetWidth - 8)) + 'px';\n"
    "    tip.style.top = Math.max(4, event.clientY - tip.offsetHeight - 12) + 'px';\n"
    "  };\n"
    "  hint.addEventListener('pointerenter', show);\n"
    "  hint.addEventListener('pointermove', show);\n"
    "  hint.addEventListener('pointerleave', () => { tip.hidden = true; });\n"
    "});\n"
    "addEventListener('beforeprint', () => "
    "document.querySelectorAll('details:not(.long)').forEach(d => { d.open = true; }));\n";

const char html_script_digest[] = "8qCzm6WCSDrhvRa6O0zzZDHPZ1y6+oa9t59Kl+l4iJA=";
