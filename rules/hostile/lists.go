package hostile

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// numbered writes a text again and again, with its number for each #.
func numbered(b *strings.Builder, text string, size int) {
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)))
	}
}

const lookalikes = "аеорсухіјӏԁɡⅼ０ＯɑΑΒΕΗΙΚΜΝΟΡΤΧΥΖàáâãäåèéêëìíîïòóôõöùúûüçñÿ"

var texts = []Mail{
	body("one line of one letter", plain, "", "a", ""),
	body("one line of words", plain, "", "word and another ", ""),
	body("a million less-than signs as text", plain, "", "<", ""),
	body("blanks", plain, "a", " ", "b"),
	body("tabs and line ends", plain, "a", "\t \n", "b"),
	body("dots", plain, "a", ".", "b"),
	body("zero-width characters", plain, "a", "\u200b\u200d\ufeff\u00ad", "b"),
	body("letters that look alike", plain, "", lookalikes, ""),
	body("letters that look alike, apart", plain, "", "v і a g r а. c_i_a_l_i_s p\u00a0r\u00a0i\u00a0c\u00a0e ", ""),
	body("bytes that are no UTF-8", plain, "", "\xff\xfe\xe9\x80 ", ""),
	body("zero bytes", plain, "", "a\x00", ""),
	body("punctuation", plain, "", "!$%^&*()_-+={}[]|:;'~`", ""),
	body("digits and signs of money", plain, "", "$1,000,000.00 USD ", ""),
	body("digits", plain, "", "1", ""),
	body("capitals", plain, "", "THIS IS ALL CAPITALS AND NOTHING ELSE ", ""),
	body("words of money", plain, "", "million dollars transfer fund bank account next of kin beneficiary inheritance compensation urgent reply ", ""),
	body("words of passwords", plain, "", "I know your password and have your webcam video of you, send bitcoin to my wallet ", ""),
	body("forms to fill in", plain, "", "Full name:....... address:____ phone number:_______ age:...... occupation: country: ", "\n"),
	body("lines of a form", plain, "", "1. Name...........\n2. Address:_______\n", ""),
	body("bitcoin addresses that end wrong", plain, "", "1BoatSLRHtKNngkdXEeobR76b53LETtpy0 ", ""),
	body("UTF-7", "Content-Type: text/plain; charset=utf-7\n\n", "", "+AGEAYgBj-+", ""),
	body("UTF-16", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n", "", base64.StdEncoding.EncodeToString([]byte("a\x00b\x00\x00\xd8"))+"\n", ""),
	body("ISO-2022", "Content-Type: text/plain; charset=iso-2022-jp\n\n", "", "\x1b$B\x1b(B\x1b$@a", ""),
	body("quoted-printable of nothing but signs", "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", "", "==3D=\n=3", ""),
	body("base64 of one line", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n", "", base64.StdEncoding.EncodeToString([]byte("viagra v1agra ")), ""),
	body("uuencoded lines", plain, "", "begin 644 a.txt\nM86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A\n`\nend\n", ""),
	body("links as text", plain, "", "http://a.example/b?c=d ", ""),
	counted("100,000 hosts as text", plain, "", "h#.example ", ""),
	counted("links to other hosts as text", plain, "", "http://h#.example.com/\n", ""),
	body("hosts with dots without end", plain, "", "a.", ""),
	body("one link without end", plain, "http://a.example/", "%25%32%35", ""),
	body("redirectors in redirectors", plain, "http://a.example/", "?url=http://google.com/url?q=http%3A%2F%2F", ""),
	counted("mail addresses as text", plain, "", "user#@freemail.example, ", ""),
	body("at signs", plain, "", "a@", ""),
	counted("links behind links", plain, "", "http://a.example/http://b#.example/http:/", ""),
	counted("links of 8 kB of escapes", plain, "", "http://a#.example/"+strings.Repeat("%68%74%74%70%3a%2f%2f", 390)+" ", ""),
	body("quoted lines", plain, "", "> > > > a\n", ""),
	body("lines that seem bounces", plain, "", "The following addresses had permanent fatal errors\n   ----- Original message -----\nReceived: from\n", ""),
}

var markup = []Mail{
	body("a million less-than signs", html, "", "<", ""),
	body("nested tags", html, "", "<div>", ""),
	body("nested tables", html, "", "<table><tr><td>", ""),
	body("nested fonts", html, "", "<font color=red size=+1 face=x>", ""),
	body("nested styles", html, "", "<span style='color:#fff;background:#fff;font-size:1px'>a", ""),
	body("closing tags", html, "", "</a></b></i>", ""),
	body("open, then all closed", html, strings.Repeat("<b><i><font color=blue>", 15_000), "</i></font></b>x", ""),
	counted("tags of other names", html, "", "<x#>", ""),
	counted("100,000 anchors", html, "", "<a href=http://h#.example/>x</a>", ""),
	counted("anchors that say other hosts", html, "", "<a href='http://h#.example/'>http://g#.example/</a>", ""),
	body("anchors that don't end", html, "", "<a href=http://a.example/>http://b.example/", ""),
	body("pictures", html, "", "<img src=http://a.example/x.png width=1 height=1>", ""),
	body("a tag without end", html, "<a ", "b=c ", ""),
	body("an attribute without end", html, "<a href='", "http://a.example/ ", ""),
	counted("attributes", html, "<a ", "b#=c ", ">"),
	body("a style without end", html, "<p style='", "color:red;", "'>x"),
	body("a style of colours", html, "<p style='", "color:rgb(1,2,3);background-color:rgb(1,2,3) ", "'>x"),
	body("comments that don't end", html, "", "<!-- ", ""),
	body("one comment without end", html, "<!--", "- ", ""),
	body("CDATA", html, "", "<![CDATA[", ""),
	body("scripts", html, "", "<script>", ""),
	body("styles that don't end", html, "", "<style>", ""),
	body("a style sheet", html, "<style>", "a{b:c}", "</style>"),
	body("entities", html, "", "&amp;&#x41;&#9999999999;&", ""),
	body("ampersands", html, "", "&", ""),
	body("hidden words", html, "", "<font color=white>free viagra</font>", ""),
	body("one line of letters and breaks", html, "", "v<b></b>i<!-- x -->a", ""),
	body("titles", html, "", "<title>a</title>", ""),
	body("forms", html, "", "<form action=http://a.example/><input type=text name=a value=b>", ""),
	body("frames and objects", html, "", "<iframe src=x><object><embed><applet>", ""),
	body("base and refresh", html, "", "<base href=http://a.example/><meta http-equiv=refresh content='0;url=b'>", ""),
	counted("map areas", html, "", "<area href=http://h#.example/ shape=rect>", ""),
	counted("links with dots and dots", html, "", "<a href=http://a.example/"+strings.Repeat("../a/", 50)+"#>", ""),
	body("lists", html, "", "<ul><li><ol><li>", ""),
	body("line breaks", html, "", "<br><p><hr>", ""),
	body("preformatted", html, "", "<pre> a  b\n", ""),
	body("quotes that don't fit", html, "", "<a \"'>'\">", ""),
	body("data links", html, "<img src='data:image/png;base64,", "AAAA", "'>"),
}

// spread are texts that are sent in many parts, so that rules see a megabyte of each.
var spread = []Mail{
	inParts("words of passwords in parts", "I know your password and have your webcam video of you, send bitcoin to my wallet "),
	inParts("words of money in parts", "million dollars transfer fund bank account next of kin beneficiary inheritance compensation urgent reply "),
	inParts("forms in parts", "Full name:....... address:____ phone number:_______ age:...... occupation: country: "),
	inParts("lines of a form in parts", "1. Name...........\n2. Address:_______\n"),
	inParts("lookalikes in parts", "v і a g r а. c_i_a_l_i_s p\u00a0r\u00a0i\u00a0c\u00a0e "+lookalikes),
	inParts("one letter in parts", "a"),
	inParts("blanks in parts", " "),
	inParts("blanks and letters in parts", "a b c d e f g h i "),
	inParts("dots in parts", ". . .. - _ "),
	inParts("digits in parts", "1"),
	inParts("capitals in parts", "ACT NOW THIS IS ALL CAPITALS "),
	inParts("addresses in parts", "user@freemail.example, ann@example.com "),
	inParts("bounces in parts", "The following addresses had permanent fatal errors\n   ----- Original message -----\nReceived: from\n"),
	inParts("links in parts", "http://a.example/b?c=d%20e "),
	inParts("tags in parts", "<a href=x style='color:red'>y</a><!-- z -->"),
	inParts("UTF-8 lead bytes in parts", "\xe2\xe2\x80\xc2"),
	inParts("zero-width characters in parts", "a\u200bb\u200cc\u00ad"),
	inParts("combining marks in parts", "a\u0301\u0302\u0303"),
}

func inParts(name, text string) Mail {
	return Mail{name, func(size int) []byte { return Spread(text, 25, size) }}
}
