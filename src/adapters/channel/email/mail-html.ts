/**
 * A notification as an HTML mail: tables and inline styles (what old mail programs understand), no images, nothing
 * fetched; light by default, dark where the reader's program asks for it. Every text from outside is escaped here.
 */
import type { Notification } from '#contracts/channel.ts';
import type { Observation } from '#domain/alert/trigger.ts';
import { evidenceOf, printValue, type ToldTrigger } from '#domain/delivery/message.ts';

const SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/** The page's own colours (web/styles/theme.css). Inline ones are the light ones; these classes turn them dark. */
const DARK = `
@media (prefers-color-scheme: dark) {
  .ground { background-color: #0a1011 !important; }
  .panel { background-color: #101819 !important; border-left-color: #1f2c2d !important; border-right-color: #1f2c2d !important; border-bottom-color: #1f2c2d !important; }
  .ink { color: #e8f0ee !important; }
  .ink-2 { color: #a9bab8 !important; }
  .ink-3 { color: #8b9e9c !important; }
  .line { border-color: #1f2c2d !important; }
  .up { color: #43cf9d !important; }
  .down { color: #ff846d !important; }
  .note { background-color: #241d0e !important; border-color: #e9b044 !important; }
  .warning { background-color: #2b1410 !important; border-color: #ff846d !important; }
}
@media (max-width: 480px) {
  .pad { padding-left: 20px !important; padding-right: 20px !important; }
  .value { font-size: 26px !important; }
}`;

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] as string);
}

const lines = (text: string): string => escapeHtml(text).replace(/\r?\n/g, '<br>');

export function mailHtml(notification: Notification): string {
  const { trigger, alert, failure, kind, title, body, url } = notification;
  const isCritical = alert?.severity === 'critical';
  const strip = isCritical ? '#c8371d' : '#d9981b';
  const badges = [
    ...(isCritical ? [badge('Critical', '#c8371d', '#ffffff')] : []),
    ...(trigger?.after.source === 'demo' ? [badge('Demo market', '#7d8f8c', '#ffffff')] : []),
    ...(kind === 'test' ? [badge('Test', '#7d8f8c', '#ffffff')] : []),
  ];
  const parts = [
    failure ? box('warning', '#fbe9e5', '#b5301a', lines(failure)) : '',
    trigger ? values(trigger.before, trigger.after) : '',
    alert?.message ? box('note', '#fcf3df', '#d9981b', lines(alert.message)) : '',
    trigger
      ? evidence(trigger)
      : row(`<p class="ink-2" style="margin:0;font:15px/1.6 ${SANS};color:#40524f">${lines(body)}</p>`),
    button(url, trigger ? 'See it on the page' : 'Open the page'),
  ];
  const why = trigger
    ? 'You get this mail because your own alert fired. Change it, or switch this channel off, on the page.'
    : 'You get this mail because someone asked to test this address as a channel.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>:root { color-scheme: light dark; }${DARK}</style>
</head>
<body class="ground" style="margin:0;padding:0;background-color:#f2f5f4">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(body.slice(0, 140))}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f2f5f4">
<tr><td align="center" style="padding:28px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="ink" style="padding:0 4px 14px;font:700 16px/1 ${SANS};letter-spacing:.02em;color:#0f1a1b">Tocsin</td></tr>
<tr><td class="panel" style="background-color:#ffffff;border:1px solid #d9e1de;border-top:4px solid ${strip};border-radius:10px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
${row(`${badges.join(' ')}<h1 class="ink" style="margin:${badges.length ? '12px' : '0'} 0 0;font:700 21px/1.35 ${SANS};color:#0f1a1b">${escapeHtml(title)}</h1>`, 26)}
${parts.filter((part) => part !== '').join('\n')}
<tr><td style="height:26px;line-height:26px;font-size:1px">&nbsp;</td></tr>
</table>
</td></tr>
<tr><td class="ink-3" style="padding:16px 4px 0;font:12px/1.6 ${SANS};color:#566865">${why}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>`;
}

function row(content: string, top = 18): string {
  return `<tr><td class="pad" style="padding:${top}px 28px 0">${content}</td></tr>`;
}

function badge(text: string, ground: string, ink: string): string {
  return `<span style="display:inline-block;padding:3px 8px;border-radius:4px;background-color:${ground};color:${ink};font:700 11px/1.3 ${SANS};letter-spacing:.05em;text-transform:uppercase">${text}</span>`;
}

function box(name: 'note' | 'warning', ground: string, edge: string, content: string): string {
  return row(
    `<div class="${name} ink" style="padding:12px 14px;background-color:${ground};border-left:3px solid ${edge};border-radius:4px;font:15px/1.55 ${SANS};color:#0f1a1b">${content}</div>`,
  );
}

/** The value now, large, with the one before and the way between them. */
function values(before: Observation | null, after: Observation): string {
  const change = before && before.price !== 0 ? (after.price / before.price - 1) * 100 : null;
  const isUp = (change ?? 0) >= 0;
  const way =
    before === null || change === null
      ? ''
      : `<div style="padding-top:4px;font:14px/1.5 ${SANS}"><span class="ink-3" style="color:#566865">from ${printValue(before.price)}</span> <span class="${isUp ? 'up' : 'down'}" style="color:${isUp ? '#08714f' : '#b5301a'};font-weight:700">${isUp ? '&#9650;' : '&#9660;'} ${Math.abs(change).toFixed(2)}%</span></div>`;
  return row(
    `<div class="ink value" style="font:700 32px/1.15 ${SANS};color:#0f1a1b;font-variant-numeric:tabular-nums">${printValue(after.price)}</div>${way}`,
    14,
  );
}

function evidence(trigger: ToldTrigger): string {
  const cells = evidenceOf(trigger).map(({ label, value, note }) => {
    const font = label === 'Rule' ? `13px/1.5 ${MONO}` : `14px/1.5 ${SANS}`;
    const small = note
      ? `<div class="ink-3" style="font:12px/1.5 ${SANS};color:#566865">${escapeHtml(note)}</div>`
      : '';
    return `<tr>
<td class="ink-3 line" width="92" valign="top" style="padding:9px 12px 9px 0;border-top:1px solid #d9e1de;font:13px/1.6 ${SANS};color:#566865">${escapeHtml(label)}</td>
<td class="ink line" valign="top" style="padding:9px 0;border-top:1px solid #d9e1de;font:${font};color:#0f1a1b;word-break:break-word">${escapeHtml(value)}${small}</td>
</tr>`;
  });
  return row(`<table width="100%" cellpadding="0" cellspacing="0" border="0">${cells.join('\n')}</table>`, 20);
}

function button(url: string, text: string): string {
  return row(
    `<a href="${escapeHtml(url)}" style="display:inline-block;padding:11px 18px;border-radius:8px;background-color:#d9981b;color:#1d1402;font:700 15px/1.2 ${SANS};text-decoration:none">${text}</a>`,
    22,
  );
}
