package headers

// freeMail are domains at which anybody gets a mailbox at once and for nothing. Far from all; free_mail adds to them.
const freeMail = `
163.com 126.com yeah.net qq.com foxmail.com sina.com sina.cn sohu.com 139.com aliyun.com
aol.com aim.com att.net bigpond.com bol.com.br centrum.cz comcast.net cox.net daum.net earthlink.net email.com email.cz
email.it excite.com fastmail.com fastmail.fm free.fr freemail.hu gmail.com googlemail.com gmx.at gmx.ch gmx.com gmx.de
gmx.fr gmx.net gmx.us hanmail.net hotmail.ca hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it
hushmail.com icloud.com ig.com.br inbox.lv inbox.ru interia.pl juno.com laposte.net libero.it list.ru live.ca
live.co.uk live.com live.de live.fr live.it live.nl lycos.com mac.com mail.bg mail.com mail.de mail.ru mail2world.com
me.com msn.com naver.com netzero.net o2.pl onet.pl op.pl orange.fr outlook.co.id outlook.com outlook.de outlook.es
outlook.fr outlook.it outlook.jp outlook.pt post.cz poczta.onet.pl proton.me protonmail.ch protonmail.com pm.me
rambler.ru rediffmail.com rocketmail.com sapo.pt sbcglobal.net seznam.cz sfr.fr sky.com t-online.de terra.com.br
tiscali.it tutanota.com tutanota.de tuta.io tuta.com ukr.net uol.com.br usa.com verizon.net virgilio.it virginmedia.com
wanadoo.fr web.de wp.pl ya.ru yahoo.ca yahoo.cn yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar
yahoo.com.au yahoo.com.br yahoo.com.hk yahoo.com.mx yahoo.com.sg yahoo.com.tw yahoo.com.vn yahoo.de yahoo.es yahoo.fr
yahoo.in yahoo.it yahoo.ro yandex.by yandex.com yandex.kz yandex.ru yandex.ua ymail.com zoho.com zohomail.com zohomail.eu`
