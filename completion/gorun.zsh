#compdef gorun
#
# "gorun --complete" knows what can be typed. This is how zsh shows it.

local -a lines plain open
local -a shown_plain shown_open
local line word before
lines=("${(@f)$(${words[1]} --complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
before=${lines[1]#:* }

# _gorun_after leaves the part of the word before the value alone.
_gorun_after() {
    IPREFIX+=$before
    PREFIX=${PREFIX#"$before"}
    "$@"
}

case ${lines[1]} in
    :command\ *)
        shift $((before + 1)) words
        ((CURRENT -= before + 1))
        _normal
        return
        ;;
    :files\ *) _gorun_after _files; return ;;
    :directories\ *) _gorun_after _files -/; return ;;
    :users\ *) _gorun_after _users; return ;;
    :groups\ *) _gorun_after _groups; return ;;
    :variables\ *) _gorun_after _parameters -g '*export*' -qS =; return ;;
esac

# What ends in = or : is followed by a value, and not by a space.
for line in "${lines[@]}"; do
    [[ -n $line ]] || continue
    word=${line%%$'\t'*}
    line=${line#*$'\t'}
    if [[ $word == *[=:] ]]; then
        open+=("$word")
        shown_open+=("$word${line:+  -- $line}")
    else
        plain+=("$word")
        shown_plain+=("$word${line:+  -- $line}")
    fi
done
local ok=1
(($#plain)) && compadd -l -d shown_plain -a plain && ok=0
(($#open)) && compadd -S '' -l -d shown_open -a open && ok=0
return ok
