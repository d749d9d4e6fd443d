package parse

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// binary reports whether data cannot be text: the signature of a common binary
// format, or among the first 8 KiB a NUL byte that is not explained by a UTF-16
// byte order mark.
func binary(data []byte) bool {
	if utf16Mark(data) != nil {
		return false
	}
	for _, magic := range []string{"%PDF-", "PK\x03\x04", "\x89PNG", "GIF8", "\xff\xd8\xff", "\x1f\x8b", "Rar!", "7z\xbc\xaf", "\x7fELF"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	return bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0
}

// utf16Mark returns the encoding that a UTF-16 byte order mark announces, or nil.
func utf16Mark(data []byte) encoding.Encoding {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	}
	return nil
}

// decode returns data as valid UTF-8 without a byte order mark. Text that reads
// as UTF-8 is UTF-8, whatever the page says; else the encoding that it declares
// (declared may be nil) is taken, and Windows-1252 where it declares none.
func decode(data []byte, declared encoding.Encoding) ([]byte, error) {
	if e := utf16Mark(data); e != nil {
		return e.NewDecoder().Bytes(data)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	valid, broken := multibyte(data)
	switch {
	case broken == 0 && (valid > 0 || declared == nil):
		return data, nil
	case declared != nil:
		return declared.NewDecoder().Bytes(data)
	case valid >= broken:
		return bytes.ToValidUTF8(data, []byte(string(utf8.RuneError))), nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(data)
}

// multibyte counts the characters beyond ASCII and the bytes that are no UTF-8.
func multibyte(data []byte) (valid, broken int) {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			broken++
		} else {
			valid++
		}
		i += n
	}
	return valid, broken
}

// declaredEncoding returns the encoding that an HTML page names in its first
// kilobyte; nil where it names none, UTF-8 or the default.
func declaredEncoding(data []byte) (encoding.Encoding, error) {
	e, name, _ := charset.DetermineEncoding(data, "text/html")
	switch name {
	case "replacement":
		return nil, errors.New("declares a character encoding that is not supported")
	case "utf-8", "windows-1252":
		return nil, nil
	}
	return e, nil
}
