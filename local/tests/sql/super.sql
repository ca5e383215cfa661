## SUPER
#! A string literal inserted into a SUPER column is parsed as JSON.

select json_parse('{"b": 1, "a": [1, 2, {"x": "y z"}]}')
--
{"b":1,"a":[1,2,{"x":"y z"}]}

SELECT array(1,'a',null), object('k',1,'l',array(1,2)), json_serialize(json_parse('{ "b" : 1}'))
--
[1,"a",null] | {"k":1,"l":[1,2]} | {"b":1}

select array_concat(array(1,2),array(3)), subarray(split_to_array('a,b,c'),1,2), get_array_length(array(1,2)), array_flatten(array(array(1,2),array(3)))
--
[1,2,3] | ["b","c"] | 2 | [1,2,3]

select json_build_object('a',1)
--
error function json_build_object("unknown", integer) does not exist

select * from unnest(array(1,2))
--
error function unnest("unknown") does not exist

create table orders_s (id int, j super)
--
ok

insert into orders_s select 1, json_parse('{"name":"n","tier":2,"items":[{"sku":"a","q":1},{"sku":"b","q":2}]}')
--
ok

select o.j.name, o.j.items[1].sku, o.j.tier + 1, j.tier::int, o.j."items"[0] from orders_s o where o.j.name = 'n' and o.j.tier = 2 and o.j.tier > 1
--
"n" | "b" | 3 | 2 | {"sku":"a","q":1}

select o.id, i.sku, i.q::int * 2 from orders_s o, o.j.items i order by 2
--
1 | "a" | 2
1 | "b" | 4

select o.id, i.sku, n from orders_s o, o.j.items AS i AT n order by n
--
1 | "a" | 0
1 | "b" | 1

select i.sku, count(*), sum(i.q::int) from orders_s o, o.j.items i group by i.sku order by 1
--
"a" | 1 | 1
"b" | 1 | 2

select json_typeof(j.items), is_array(j.items), is_integer(j.tier), j.missing.x is null from orders_s
--
array | true | true | true

select json_extract_path_text('{"a":1}','b'), json_extract_path_text('{','b', true), json_extract_path_text('{"a":{"b":"x"}}','a','b')
--
NULL | NULL | x

select 'abc' -> 'a'
--
error operator does not exist: ->

select '{"a":1}'::super, 1::super
--
"{\"a\":1}" | 1

select '{"a":1}'::super, 1::super, cast(null as super)
--
"{\"a\":1}" | 1 | NULL
