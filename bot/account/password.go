package account

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// What a new hash is made with. An old one is verified with its own.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// What is verified at most, so that a row that somebody wrote costs no more.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
)

// The length of a password in bytes.
const (
	MinPassword = 12
	MaxPassword = 200
)

//go:embed common.txt
var commonPasswords string

// Errors of passwords that are not taken.
var (
	ErrShort  = fmt.Errorf("the password is too short: use at least %d characters, such as four words", MinPassword)
	ErrLong   = fmt.Errorf("the password is too long: use at most %d characters", MaxPassword)
	ErrCommon = errors.New("the password is one of those that are tried first: use four words that do not belong together")
)

// Acceptable returns nil for a password that an account may have.
func Acceptable(a Account, password string) error {
	switch {
	case len(password) < MinPassword:
		return ErrShort
	case len(password) > MaxPassword:
		return ErrLong
	}
	plain := strings.ToLower(password)
	base := strings.TrimRight(plain, "0123456789!.?*#$@_- ")
	local, _, _ := strings.Cut(a.Name, "@")
	if len(base) < 4 || strings.Count(plain, plain[:1]) == len(plain) || base == a.Name || base == local {
		return ErrCommon
	}
	for line := range strings.Lines(commonPasswords) {
		if c := strings.TrimSpace(line); c != "" && (c == plain || c == base || strings.Trim(strings.ReplaceAll(plain, c, ""), "0123456789!") == "") {
			return ErrCommon
		}
	}
	return nil
}

// Hash returns the encoded hash of a password, under a fresh salt, as the PHC string
// format has it.
func Hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	key := argon2.IDKey(normal(password), salt, passes, memoryKiB, lanes, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// Verify reports whether a password is the one of an encoded hash. It compares in
// constant time; a hash that cannot be read is nobody's.
func Verify(encoded, password string) bool {
	h, err := parseHash(encoded)
	if err != nil || len(password) > MaxPassword {
		return false
	}
	key := argon2.IDKey(normal(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// normal makes one of the ways in which keyboards write the same text.
func normal(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// hashed is an encoded hash, read.
type hashed struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

var errHash = errors.New("this is no hash of a password")

func parseHash(encoded string) (h hashed, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHash
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes)
	if err != nil || n != 3 || parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes) {
		return h, errHash
	}
	if h.memory < 8 || h.memory > maxMemoryKiB || h.passes < 1 || h.passes > maxPasses || h.lanes < 1 || h.lanes > 16 {
		return h, errHash
	}
	b64 := base64.RawStdEncoding.Strict()
	if h.salt, err = b64.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return h, errHash
	}
	if h.key, err = b64.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return h, errHash
	}
	return h, nil
}
