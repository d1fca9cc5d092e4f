package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// ErrKey is a private key that can't be used.
var ErrKey = errors.New("signature: no private key that can sign")

// ParsePrivate reads a private key in PEM: RSA (PKCS #1 or #8) of at least 1024 bits, or Ed25519 (PKCS #8).
func ParsePrivate(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%w: it is not in PEM (-----BEGIN PRIVATE KEY-----)", ErrKey)
	}
	var key any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < MinKeyBits || bits > MaxKeyBits {
			return nil, fmt.Errorf("%w: an RSA key of %d bits; use 2048", ErrKey, bits)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("%w: it is of type %T; use RSA or Ed25519", ErrKey, key)
}

// Algorithm gives the name that a= has for signatures of a private key.
func Algorithm(key crypto.Signer) string {
	if _, ok := key.Public().(ed25519.PublicKey); ok {
		return "ed25519-sha256"
	}
	return "rsa-sha256"
}

// Record gives the TXT record that publishes a private key's public half.
func Record(key crypto.Signer) (string, error) {
	if public, ok := key.Public().(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}

// Sign signs a SHA-256, as Key.Verify expects it.
func Sign(key crypto.Signer, sum [sha256.Size]byte) ([]byte, error) {
	if private, ok := key.(ed25519.PrivateKey); ok {
		return ed25519.Sign(private, sum[:]), nil
	}
	if private, ok := key.(*rsa.PrivateKey); ok {
		return rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
	}
	return key.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// AppendFolded appends base64 in lines of at most 72 characters after a tab, the first of which goes on where dst
// stands, at a column.
func AppendFolded(dst []byte, column int, sum []byte) []byte {
	for _, c := range base64.StdEncoding.AppendEncode(nil, sum) {
		if column >= 73 {
			dst = append(dst, "\r\n\t"...)
			column = 1
		}
		dst = append(dst, c)
		column++
	}
	return dst
}
