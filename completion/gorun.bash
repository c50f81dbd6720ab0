# bash completion for gorun(1)                             -*- shell-script -*-
#
# "gorun --complete" knows what can be typed. This is how bash shows it.

# __gorun_command completes COMMAND, which begins at a word of "words". Before bash-completion 2.12 it
# is counted as bash does, for which --name=value is three words.
__gorun_command()
{
    local begin=$1 i=0 j rest
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$begin"
        return
    fi
    for ((j = 0; j < begin; j++)); do
        rest=${words[j]}
        while [[ -n $rest && $i -lt ${#COMP_WORDS[@]} ]]; do
            rest=${rest#"${COMP_WORDS[i]}"}
            ((i++))
        done
    done
    _command_offset "$i"
}

# __gorun_files completes the name of a file, or with -d of a directory, after a part of the word.
__gorun_files()
{
    local before=$1
    shift
    cur=${cur#"$before"}
    if declare -F _comp_compgen_filedir >/dev/null; then
        _comp_compgen_filedir "$@"
    else
        _filedir "$@"
    fi
}

_gorun()
{
    local cur words cword
    COMPREPLY=()
    if declare -F _comp_get_words >/dev/null; then
        _comp_get_words -n =: cur words cword
    elif declare -F _get_comp_words_by_ref >/dev/null; then # before bash-completion 2.12
        _get_comp_words_by_ref -n =: cur words cword
    else
        return
    fi

    local out
    out=$("$1" --complete "${words[@]:1:cword}" 2>/dev/null) || return

    # Bash replaces only what is after the last of these characters.
    local breaks=${COMP_WORDBREAKS//[^=:]/} typed=
    [[ -n $breaks && $cur == *[$breaks]* ]] && typed=${cur%"${cur##*[$breaks]}"}

    local before=${out#:* }
    case $out in
        :command\ *) __gorun_command $((before + 1)) ;;
        :files\ *) __gorun_files "$before" ;;
        :directories\ *) __gorun_files "$before" -d ;;
        :users\ *) COMPREPLY=($(compgen -P "${before#"$typed"}" -u -- "${cur#"$before"}")) ;;
        :groups\ *) COMPREPLY=($(compgen -P "${before#"$typed"}" -g -- "${cur#"$before"}")) ;;
        :variables\ *) COMPREPLY=($(compgen -P "${before#"$typed"}" -e -- "${cur#"$before"}")) ;;
        *)
            local line
            while IFS=$'\t' read -r line _; do
                [[ -n $line ]] || continue
                printf -v line %q "${line#"$typed"}"
                COMPREPLY+=("$line")
            done <<<"$out"
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace
            ;;
    esac
} &&
    complete -F _gorun gorun

# ex: filetype=sh
