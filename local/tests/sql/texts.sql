## String functions

SELECT LEN('abc'), CHARINDEX('c', 'abc'), STRPOS('abc', 'b'), LEFT('abc', 2), SPLIT_PART('a,b', ',', 2), LPAD('7', 3, '0'), INITCAP('ab cd')
--
3 | 3 | 2 | ab | b | 007 | Ab Cd

SELECT REGEXP_SUBSTR('a1b22', '[0-9]+'), REGEXP_REPLACE('abc', 'b', 'x'), REGEXP_COUNT('a1b22', '[0-9]')
--
1 | axc | 3

SELECT 'a ' = 'a', 'a '::char(3) = 'a', 'a' in ('a ')
--
true | true | true

select 'äöü'::varchar(3), 'äöü'::char(4), 12345::varchar(3), true::varchar
--
ä | äö   | 123 | true

select soundex('Robert'), soundex('Tymczak'), soundex('Pfister'), soundex('Ashcraft'), difference('Robert','Rupert'), sha1('abc'), func_sha1(''), sha('The quick brown fox jumps over the lazy dog')
--
R163 | T522 | P236 | A261 | 4 | a9993e364706816aba3e25717850c26c9cd0d89d | da39a3ee5e6b4b0d3255bfef95601890afd80709 | 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12

select crc32('Amazon Redshift'), octetindex('q','AMAZON redshiftq'), regexp_replace('aaa','a','b'), regexp_replace('john@x.com','(.*)@(.*)','$2-$1')
--
32def43d | 16 | bbb | x.com-john

select distinct x from (select 'a' x union all select 'a  ')
--
a

select regexp_substr('home@example.com','@[^.]*'), regexp_instr('abc','c'), regexp_count('aaa','a')
--
@example | 3 | 3
