package attachments

import (
	"regexp"
	"strings"

	"weir/message"
)

// passwordLine finds where a mail tells a password: the word in one of many languages, then the password itself behind a
// colon, an equals sign or a verb.
var passwordLine = regexp.MustCompile(`(?i)(?:pass ?-?(?:word|code|phrase|wort)|kennwort|\bpwd?|\bpin|\bcode|mot de passe|contrase(?:ñ|n)a|palavra-passe|senha|wachtwoord|has(?:ł|l)o|heslo|пароль|密码|パスワード|lösenord|adgangskode|şifre|salasana|parola)` +
	`[^\n:=]{0,40}?(?:[:=：]| is | ist | lautet | est | es | è | é )\s*["'„“«»]?([^\s"'“”«»]{3,64})`)

// maxBody bounds how much text is searched, in bytes.
const maxBody = 64 << 10

// password reports a mail that tells the password of its encrypted archive: nobody sends a key with the lock, except to
// get past scanners.
func (x *examiner) password(m *message.Message) {
	if !x.locked {
		return
	}
	text := m.Subject() + "\n" + m.Text()
	text = text[:min(len(text), maxBody)]
	if at := passwordLine.FindStringSubmatchIndex(text); at != nil && strings.TrimRight(text[at[2]:at[3]], ".,;") != "" {
		x.part, x.trail = m.Root, nil
		x.hit(PasswordGiven, "text", "")
	}
}
