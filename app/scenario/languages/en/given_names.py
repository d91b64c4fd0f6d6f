"""Given names that English speakers bear, lower case; names that are everyday words stand apart."""

from __future__ import annotations

from app.scenario.extraction.wording import words

__all__ = ["EVERYDAY", "GIVEN"]

EVERYDAY = frozenset(
    words(
        "will may april june august mark grace hope joy faith rose lily ivy daisy art rich bill frank jack drew "
        "chase grant pat rob sue dawn summer autumn amber ruby pearl crystal melody harmony angel christian chance "
        "hunter mason cooper carter parker miles brook dale glen heath lance max norm ray rod skip guy gene earl "
        "don jean dean ken ben tom ted al ed an my sun sky river storm iris holly hazel olive ginger penny sandy "
        "misty star sunny bob nick josh wade walker taylor sage paige precious destiny serenity victory"
    )
)
"""Names only where nothing else can be meant: after "my name is", or as the whole answer."""

GIVEN = frozenset(
    words(
        "aaron abby abdul abigail abraham ada adam adele adrian adriana agnes ahmed aidan aiden aisha alan alana "
        "albert alberto alejandro alex alexa alexander alexandra alexei alexey alexis alfred ali alice alicia alina "
        "alison allan allen allison alyssa amanda amelia amina amir amit amy ana anastasia andre andrea andreas "
        "andrei andrew andrey andy angela angelica angelina angelo anita ann anna annabelle anne annette annie "
        "anthony antonio anton anya archie ariana arianna ariel arjun arnold arthur ashley audrey aurora austin ava "
        "avery barbara barry beatrice becky bella benedict benjamin bernard bernice beth bethany betty beverly "
        "bianca blake bonnie boris brad bradley brandon brenda brendan brian bridget brittany brooke bruce bryan "
        "bryce caitlin caleb calvin cameron camila carl carla carlos carmen carol carole caroline carolyn carrie "
        "casey cassandra catherine cathy cecilia celeste charles charlie charlotte chelsea cheryl chloe chris "
        "christina christine christopher cindy claire clara clarence claude claudia clifford clint clive cody cole "
        "colin connor conor constance corey courtney craig cristina curtis cynthia dan dana daniel daniela danielle "
        "danny daria darlene darren darryl dave david deborah debbie debra denise dennis derek desmond devin dexter "
        "diana diane diego dmitri dmitry dolores dominic donald donna doris dorothy doug douglas duncan dustin "
        "dylan ed eddie edgar edith edmund eduardo edward edwin eileen elaine eleanor elena eli elias elijah elisa "
        "elizabeth ella ellen ellie elliot elliott elsa emilia emily emma eric erica erik erika erin ernest esther "
        "ethan eugene eva evan evelyn fatima felicia felix fernando fiona florence frances francesca francis "
        "francisco franklin fred freddie frederick gabriel gabriela gabriella gareth gary gavin geoffrey george "
        "georgia gerald geraldine gina gladys gloria gordon graham greg gregory greta gwen hailey hannah harold "
        "harriet harris harry harvey hassan heather hector heidi helen henry herbert howard hugh hugo ian ibrahim "
        "igor imran irene irina isaac isabel isabella isaiah ivan jackie jackson jacob jacqueline jade jake james "
        "jamie jan jane janet janice jared jasmine jason javier jay jayden jeff jeffrey jenna jennifer jenny "
        "jeremiah jeremy jerome jerry jesse jessica jessie jill jim jimmy joan joanna joanne joe joel john johnny "
        "jon jonah jonathan jordan jorge jose joseph josephine joshua joyce juan juanita judith judy julia julian "
        "julie juliet justin kai kara karen karl kate katherine kathleen kathryn kathy katie katya kayla keith "
        "kelly kelsey kenneth kenny kerry kevin khalid kim kimberly kirill kirsten kostya kristen kristin kristina "
        "kurt kyle lana larissa larry laura lauren laurence lawrence layla leah lee leila leo leon leonard leonardo "
        "leroy leslie levi lewis liam lillian linda lindsay lindsey lisa liz logan lois lora lorenzo lori lorraine "
        "louis louise lucas lucia lucy luis luke luna lydia lynn mackenzie madeline madison maggie malcolm manuel "
        "marcia marco marcus margaret maria mariah mariam marie marilyn marina mario marion marjorie marlene marsha "
        "marta martha martin marvin mary masha matthew matt maureen maurice maxim maya megan melanie melinda "
        "melissa melvin mia michael michele michelle miguel mike mikhail mila mildred mindy miranda miriam mitchell "
        "mohamed mohammed moira molly monica morgan moses muhammad nadia nancy naomi natalia natalie natasha nathan "
        "nathaniel neil nelson nicholas nicole nigel nikita nikolai nina noah noel nora norman octavia oleg olga "
        "oliver olivia omar oscar owen pamela patricia patrick paul paula pauline pavel pedro peggy peter petra "
        "philip phillip phoebe phyllis pierre polly preston priya quentin rachel rafael raj ralph ramon randall "
        "randy raymond rebecca regina reginald rene renee rex rhonda ricardo richard rick ricky rita robert roberta "
        "roberto robin rodney roger roland roman ron ronald ronnie rory rosa rosemary ross roxanne roy russell ruth "
        "ryan sabrina sadie sally sam samantha samir sammy samuel sandra santiago sara sarah sasha scarlett scott "
        "sean sebastian selena serena sergei sergey seth shane shannon sharon shaun shawn sheila shelby shelly "
        "sherry shirley sidney silvia simon sofia sonia sophia sophie spencer stacey stacy stanley stella stephanie "
        "stephen steve steven stewart stuart susan susie suzanne svetlana sven sylvia tamara tanya tara tatiana "
        "tatyana teresa terrence terry tessa theodore theresa thomas tiffany tim timothy tina toby todd tommy toni "
        "tony tracey tracy travis trevor tristan troy tyler valentina valerie vanessa vera vernon veronica vicky "
        "victor victoria vincent viola violet viktor virginia vivian vlad vladimir wallace walter wanda warren "
        "wayne wendy wesley whitney wilfred william willie wilma winston xavier yana yasmin yolanda yulia yuri "
        "yusuf yvette yvonne zachary zara zoe zoey"
    )
)
